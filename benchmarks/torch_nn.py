"""torch.nn as its users have it: one trial at a time, or one in each of several joblib processes."""

# mypy: disable-error-code="no-untyped-call,no-any-return"

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.learner import Learner
from seqmem.engines.engine import Trial
from seqmem.job.data import TrainingData
from seqmem.job.job import Job
from seqmem.job.network import Network
from seqmem.tasks.task import Sequences

RECURRENT = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}


class Net(nn.Module):
    """A network of torch.nn's layers; all sequences of a batch are equally long."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        if len(set(network.hidden_sizes)) > 1:
            raise ValueError(f"torch.nn needs layers of one width, got {network.hidden_sizes}")
        task, kind = network.task, RECURRENT[type(network.cell).__name__]
        self.alphabet = task.input_size if task.symbols else None
        self.embedding = nn.Embedding(task.input_size, network.embedding_size) if network.embedding_size else None
        self.every_step = task.target.every_step
        self.recurrent = kind(
            network.input_size,
            network.hidden_sizes[0],
            num_layers=len(network.hidden_sizes),
            bidirectional=network.bidirectional,
            batch_first=True,
        )
        self.readout = nn.Linear(network.top_size, network.output_size)

    def forward(self, inputs: Tensor) -> Tensor:
        if self.embedding is not None:
            inputs = self.embedding(inputs)
        elif self.alphabet is not None and not inputs.is_floating_point():
            inputs = F.one_hot(inputs, self.alphabet).float()
        outputs, state = self.recurrent(inputs)
        if self.every_step:
            return self.readout(outputs)
        hidden = state[0] if isinstance(state, tuple) else state
        if self.recurrent.bidirectional:
            return self.readout(torch.cat([hidden[-2], hidden[-1]], dim=1))
        return self.readout(hidden[-1])


def compute_loss(answers: Tensor, targets: Tensor) -> Tensor:
    """The loss that the grids train by: cross-entropy of classes, binary cross-entropy of bits."""
    if targets.is_floating_point():
        return F.binary_cross_entropy_with_logits(answers, targets)
    return F.cross_entropy(answers.flatten(0, -2), targets.flatten())


class Training:
    """One trial: its network, optimizer and data."""

    fused = True  # torch's fastest Adam for small networks

    def __init__(self, job: Job, seed: int) -> None:
        torch.manual_seed(seed)
        self.job = job
        self.net = Net(job.network)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=job.optimizer.lr, fused=self.fused)
        self.data = TrainingData(job, seed)

    def make_inputs(self, sequences: Sequences) -> Tensor:
        inputs = torch.from_numpy(sequences.inputs[:, : int(sequences.lengths.max())])
        return inputs.long() if self.job.task.symbols else inputs

    def step(self) -> float:
        sequences = self.data.next_batch()
        answers, targets = self.net(self.make_inputs(sequences)), torch.from_numpy(sequences.targets)
        loss = compute_loss(answers, targets)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.watch(answers, targets)
        return loss.item()

    def watch(self, answers: Tensor, targets: Tensor) -> None:
        """Look at a batch's answers, for those who do."""


class TorchNN(Learner):
    """One trial after another; two of each job are measured, as all of a job cost the same."""

    sample = 2
    training: type[Training] = Training

    def __init__(self, trials: Sequence[Trial], threads: int) -> None:
        super().__init__(trials, threads)
        self.running = [self.training(trial.job, trial.seed) for trial in self.trials]

    def advance(self, steps: int) -> NDArray[np.float32]:
        torch.set_num_threads(self.threads if self.uses_threads() else 1)
        return np.array([[training.step() for _ in range(steps)] for training in self.running], np.float32)

    def uses_threads(self) -> bool:
        """Whether more than one thread helps; below such sizes torch only waits for them."""
        return max(trial.job.network.top_size for trial in self.trials) > 100

    def num_parameters(self) -> list[int]:
        return [sum(value.numel() for value in training.net.parameters()) for training in self.running]


class Joblib(Learner):
    """As many processes as cores, each training whole trials on one thread.

    What counts is the time within the training loops over the number of processes: a long run
    pays for starting processes and handing out trials only once.
    """

    sample = 2

    def __init__(self, trials: Sequence[Trial], threads: int) -> None:
        super().__init__(trials, threads)
        self.parallel = Parallel(n_jobs=threads, batch_size=1)
        self.counts = [0] * len(self.trials)
        self.advance(2)  # starts the processes

    def _train(self, steps: int) -> list[Any]:
        return list(self.parallel(delayed(train_alone)(trial, steps) for trial in self.trials))

    def advance(self, steps: int) -> NDArray[np.float32]:
        results = self._train(steps)
        self.counts = [count for _, count, _ in results]
        return np.array([losses for losses, _, _ in results], np.float32)

    def time(self, steps: int) -> float:
        return float(sum(seconds for _, _, seconds in self._train(steps))) / self.threads

    def num_parameters(self) -> list[int]:
        return self.counts

    def close(self) -> None:
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True)


def train_alone(trial: Trial, steps: int) -> tuple[list[float], int, float]:
    """Train a trial from its beginning; returns losses, number of parameters and seconds of the loop."""
    torch.set_num_threads(1)
    training = Training(trial.job, trial.seed)
    training.step()
    start = time.perf_counter()
    losses = [training.step() for _ in range(steps)]
    seconds = time.perf_counter() - start
    return losses, sum(value.numel() for value in training.net.parameters()), seconds
