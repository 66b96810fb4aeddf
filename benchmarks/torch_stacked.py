"""torch without a compiler: all trials of a job side by side in batched products."""

# mypy: disable-error-code="no-untyped-call,no-any-return"

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from benchmarks.learner import Learner, group_by_job
from benchmarks.stacking import StackedData, stack_weights
from seqmem.engines.engine import Trial
from seqmem.job.network import Layer

Weights = Mapping[str, Tensor]


class TorchStacked(Learner):
    """A stack for each job, as trials of equal shape share their products."""

    def __init__(self, trials: Sequence[Trial], threads: int) -> None:
        super().__init__(trials, threads)
        self.stacks = [_Stack(group) for group in group_by_job(self.trials).values()]
        self.threads = min({1, threads}, key=self._time_with)  # small products wait for threads longer than they gain

    def _time_with(self, threads: int) -> float:
        self.threads = threads
        self.advance(1)
        return self.time(2)

    def advance(self, steps: int) -> NDArray[np.float32]:
        torch.set_num_threads(self.threads)
        return np.concatenate([stack.advance(steps) for stack in self.stacks])

    def num_parameters(self) -> list[int]:
        counts = []
        for stack in self.stacks:
            counts += [sum(value[0].numel() for value in stack.weights.values())] * stack.num_trials
        return counts


class _Stack:
    """Trials of one job. The loss is summed over trials, so that each has its own gradient."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        self.job, self.num_trials = trials[0].job, len(trials)
        self.network = self.job.network
        self.weights = {name: torch.from_numpy(value).requires_grad_() for name, value in stack_weights(trials).items()}
        self.optimizer = torch.optim.Adam(self.weights.values(), lr=self.job.optimizer.lr, fused=True)
        self.data = StackedData(trials)

    def advance(self, steps: int) -> NDArray[np.float32]:
        losses = []
        for _ in range(steps):
            sequences = self.data.next_batch()
            length = int(sequences.lengths.max())
            answers = self.run(torch.from_numpy(sequences.inputs[:, :, :length]))
            loss = self.compute_losses(answers, torch.from_numpy(sequences.targets))
            self.optimizer.zero_grad()
            loss.sum().backward()
            self.optimizer.step()
            losses.append(loss.detach().numpy())
        return np.stack(losses, axis=1)

    def compute_losses(self, answers: Tensor, targets: Tensor) -> Tensor:
        """Mean loss of each trial, (M,)."""
        if targets.is_floating_point():
            losses = F.binary_cross_entropy_with_logits(answers, targets, reduction="none")
        else:
            losses = F.cross_entropy(answers.flatten(0, -2), targets.flatten(), reduction="none")
        return losses.view(self.num_trials, -1).mean(1)

    def run(self, inputs: Tensor) -> Tensor:
        """Answers to (M, B, T) symbols or (M, B, T, I) features: (M, B, O), or (M, B, T, O)."""
        below, symbols = inputs, self.network.task.symbols
        if self.network.embedding_size:
            below, symbols = look_up(self.weights["embedding.weight"], inputs), False
        states: list[Tensor] = []
        for depth in range(len(self.network.hidden_sizes)):
            outputs, states = [], []
            for layer in (layer for layer in self.network.layers if layer.depth == depth):
                own = {name: self.weights[f"recurrent.{name}{layer.suffix}"] for name in NAMES}
                sequence = self.run_layer(layer, own, below, symbols and not depth)
                states.append(sequence[0] if layer.reverse else sequence[-1])
                outputs.append(torch.stack(sequence, 2))  # (M, B, T, H)
            below = torch.cat(outputs, -1)
        top = below if self.network.task.target.every_step else torch.cat(states, -1)
        flat = top.flatten(1, -2)
        weight, bias = self.weights["readout.weight"], self.weights["readout.bias"]
        return torch.baddbmm(bias.unsqueeze(1), flat, weight.mT).unflatten(1, top.shape[1:-1])

    def run_layer(self, layer: Layer, weights: Weights, inputs: Tensor, symbols: bool) -> list[Tensor]:
        """The output of each step, (M, B, H)."""
        trials, batch = inputs.shape[:2]
        if symbols:  # a look-up in the weights, bias included
            x = look_up(weights["weight_ih"].mT + weights["bias_ih"].unsqueeze(1), inputs)
        else:
            flat = torch.baddbmm(weights["bias_ih"].unsqueeze(1), inputs.flatten(1, 2), weights["weight_ih"].mT)
            x = flat.unflatten(1, inputs.shape[1:3])
        step = STEPS[type(self.network.cell).__name__]
        recurrent, bias = weights["weight_hh"].mT.contiguous(), weights["bias_hh"].unsqueeze(1)
        h = torch.zeros(trials, batch, layer.hidden_size)
        c, sequence = h, []
        for x_t in reversed(x.unbind(2)) if layer.reverse else x.unbind(2):
            h, c = step(x_t, h, c, recurrent, bias)
            sequence.append(h)
        return sequence[::-1] if layer.reverse else sequence


NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def look_up(table: Tensor, symbols: Tensor) -> Tensor:
    """Rows of each trial's own table (M, V, G) by symbols (M, B, T)."""
    first = torch.arange(len(table)).view(-1, 1, 1) * table.shape[1]
    return F.embedding(symbols.long() + first, table.flatten(0, 1))


def _step_rnn(x: Tensor, h: Tensor, c: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    return torch.tanh(torch.baddbmm(x + bias, h, weight)), c


def _step_lstm(x: Tensor, h: Tensor, c: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    i, f, g, o = torch.baddbmm(x + bias, h, weight).chunk(4, -1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def _step_gru(x: Tensor, h: Tensor, c: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    size = 2 * h.shape[-1]
    recurrent = torch.baddbmm(bias, h, weight)
    r, z = torch.sigmoid(x[..., :size] + recurrent[..., :size]).chunk(2, -1)
    n = torch.tanh(x[..., size:] + r * recurrent[..., size:])
    return n + z * (h - n), c


STEPS = {"RNN": _step_rnn, "LSTM": _step_lstm, "GRU": _step_gru}
