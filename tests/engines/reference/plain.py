"""Trials trained one at a time with torch.nn and torch.optim, in float64."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seqmem.engines.reference.forward import state_size
from seqmem.job.data import TrainingData
from seqmem.job.job import Job
from seqmem.job.optimizer import Optimizer
from seqmem.job.streams import stream
from tests.engines.reference.nets import TorchNet, to_tensors


def make_torch_optimizer(optimizer: Optimizer, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    common = {"lr": optimizer.lr, "weight_decay": optimizer.weight_decay}
    if optimizer.name == "sgd":
        return torch.optim.SGD(parameters, momentum=optimizer.momentum, **common)
    if optimizer.name == "rmsprop":
        return torch.optim.RMSprop(parameters, alpha=optimizer.alpha, eps=optimizer.eps, **common)
    kind = torch.optim.Adam if optimizer.name == "adam" else torch.optim.AdamW
    return kind(parameters, betas=(optimizer.beta1, optimizer.beta2), eps=optimizer.eps, **common)


def lr_plainly(job: Job, errors: list[float]) -> float:
    """The rate at the last of the batches that had these mean errors."""
    schedule, lr = job.schedule, job.optimizer.lr
    if schedule.name == "constant":
        return lr
    recent = errors[-schedule.batches :]
    mean = sum(recent) / len(recent)
    return lr * min(max(mean / schedule.error, schedule.floor), 1)


def loss_plainly(job: Job, raw: Tensor, targets: Tensor, lengths: Tensor) -> Tensor:
    """The loss of one batch, by torch.nn.functional over the entries that have a target."""
    target, name = job.task.target, job.loss.name
    count = len(raw)
    if target.every_step:
        raw, targets = (
            torch.cat([row[:length] for row, length in zip(x, lengths, strict=True)]) for x in (raw, targets)
        )
    reduction = "mean" if job.loss.reduction == "mean" else "sum"
    if name in ("cross_entropy", "kl"):
        loss = F.cross_entropy(raw, targets, reduction=reduction)
    elif name == "bce":
        loss = F.binary_cross_entropy_with_logits(raw, targets, reduction=reduction)
    else:
        loss = F.mse_loss(*outputs_plainly(job, raw, targets), reduction=reduction)
    return loss if reduction == "mean" else loss / count


def outputs_plainly(job: Job, raw: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs and what they should be."""
    kind = job.task.target.kind
    if kind == "class":
        return raw.softmax(-1), F.one_hot(targets, job.task.target.size).double()
    return (raw.sigmoid() if kind == "bits" else raw), targets


@dataclass
class PlainTraining:
    """What one trial did, a number a step."""

    net: TorchNet
    loss: list[float] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    largest_error: list[float] = field(default_factory=list)
    mean_error: list[float] = field(default_factory=list)

    def flat(self) -> np.ndarray:
        """All weights, in the description's order."""
        return torch.cat([value.detach().ravel() for value in self.net.named().values()]).numpy()

    def score(self, job: Job, raw: Tensor, targets: Tensor, lengths: Tensor) -> None:
        """Count and measure the errors of one batch, sequence by sequence."""
        target = job.task.target
        wrong, errors = 0, []
        for output, answer, length in zip(*outputs_plainly(job, raw.detach(), targets), lengths, strict=True):
            scored = slice(length) if target.scored == "all" else slice(length - 1, length)
            output, answer = (x[scored] if target.every_step else x[None] for x in (output, answer))
            if target.kind == "class":
                wrong += int((output.argmax(-1) != answer.argmax(-1)).any())
            elif target.kind == "bits":
                wrong += int((output.round() != answer).any())
            else:
                wrong += int(((output - answer).abs() > target.tolerance).any())
            errors.append((output - answer).abs().ravel())
        self.wrong.append(wrong)
        self.largest_error.append(float(torch.cat(errors).max()))
        self.mean_error.append(float(torch.cat(errors).mean()))


def train_plainly(job: Job, seed: int, steps: int) -> PlainTraining:
    net = TorchNet(job.network).load(job.network.initial_weights(seed))
    done = PlainTraining(net)
    data, states = TrainingData(job, seed), stream(seed, "training state")
    optimizer = make_torch_optimizer(job.optimizer, net.named().values())
    for step in range(steps):
        if job.optimizer.reset_every_epoch and job.starts_epoch(step):
            optimizer = make_torch_optimizer(job.optimizer, net.named().values())
        inputs, lengths, targets = to_tensors(data.next_batch())
        initial = None
        if job.network.initial_state == "uniform":
            initial = torch.from_numpy(states.random((job.batch_size, state_size(job.network))))
        raw = net(inputs, lengths, initial)
        loss = loss_plainly(job, raw, targets, lengths)
        done.loss.append(loss.item())
        done.score(job, raw, targets, lengths)
        optimizer.zero_grad()
        loss.backward()
        if job.clip is not None:
            nn.utils.clip_grad_norm_(net.parameters(), job.clip)
        optimizer.param_groups[0]["lr"] = lr_plainly(job, done.mean_error)
        optimizer.step()
    return done
