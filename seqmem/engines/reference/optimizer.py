"""One optimizer for each trial of a stack, its numbers the trial's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqmem.job.job import Job
from seqmem.job.optimizer import DECOUPLED, MEANS

NUMBERS = ("lr", "momentum", "beta1", "beta2", "alpha", "eps", "weight_decay", "l1")


class StackedOptimizer:
    """Updates (M, P) weights from (M, P) gradients; all trials use the same rule.

    Follows torch.optim.SGD, Adam, AdamW and RMSprop, Lion's paper, and torch.nn.utils.clip_grad_norm_. Its
    own state is in `states`, (M, P) each, `count`, (M, 1) updates since the last reset, and
    `errors`, (M, N) with the mean errors of each trial's last N batches, newest first, NaN
    where there were none yet.
    """

    def __init__(self, jobs: Sequence[Job], num_parameters: int, device: str, dtype: torch.dtype) -> None:
        self.name = jobs[0].optimizer.name
        self.optimizers = [job.optimizer for job in jobs]
        self.schedules = [job.schedule for job in jobs]

        def column(values: list[float]) -> Tensor:
            return torch.tensor(values, dtype=torch.float64, device=device).unsqueeze(1)

        self.numbers = {key: column([getattr(o, key) for o in self.optimizers]) for key in NUMBERS}
        self.clip = column([float("inf") if job.clip is None else job.clip for job in jobs])
        self.states = {
            key: torch.zeros(len(jobs), num_parameters, dtype=dtype, device=device) for key in MEANS[self.name]
        }
        self.count = torch.zeros(len(jobs), 1, dtype=torch.float64, device=device)
        self.batches = max(schedule.batches for schedule in self.schedules)
        self.errors = torch.full((len(jobs), self.batches), float("nan"), dtype=torch.float64, device=device)
        self.window = torch.arange(self.batches, device=device) < column(
            [schedule.batches for schedule in self.schedules]
        )
        self.falls = column([schedule.name == "error" for schedule in self.schedules]).bool()
        self.warmup = column([job.warmup_steps for job in jobs])
        self.cosine = column([schedule.name == "cosine" for schedule in self.schedules]).bool()
        self.max_steps = column([job.max_steps for job in jobs])
        marks = [job.optimizer.mark_penalised(job.network.parameters()) for job in jobs]
        self.penalised: Tensor | None = None  # (M, P), 1 and 0; None where all are, without l1
        if any(mark is not None for mark in marks):
            every = np.ones(num_parameters, np.float32)
            stacked = np.stack([every if mark is None else mark for mark in marks])
            self.penalised = torch.from_numpy(stacked).to(device, dtype)
        self.fall = {key: column([getattr(s, key) for s in self.schedules]) for key in ("error", "floor")}

    def reset(self, rows: Tensor) -> None:
        """Forget the means of these trials, as a new optimizer would have none."""
        for state in self.states.values():
            state[rows] = 0
        self.count[rows] = 0

    def state(self, row: int) -> dict[str, Any]:
        """A copy of all that one trial's updates depend on."""
        return {
            "optimizer": {key: value[row].cpu().numpy().copy() for key, value in self.states.items()},
            "updates": int(self.count[row]),
            "errors": self.errors[row, : self.schedules[row].batches].cpu().numpy().copy(),
        }

    def load_state(self, row: int, state: dict[str, Any]) -> None:
        """Take up a trial where `state` left it, in this stack or another."""
        for key, value in state["optimizer"].items():
            self.states[key][row] = torch.tensor(value)
        self.count[row] = state["updates"]
        self.errors[row, : len(state["errors"])] = torch.tensor(state["errors"])

    def update(self, rows: Tensor, weights: Tensor, gradient: Tensor, mean_error: Tensor, steps: Sequence[int]) -> None:
        """Update `weights` (R, P), which belong to the trials `rows`, in place.

        Args:
            gradient: (R, P).
            mean_error: (R,), the mean error of the batch that gave the gradient.
            steps: (R,), steps that each has done before.
        """
        lr = self._lr_by_step(rows, self._lr_by_error(rows, mean_error), steps)
        gradient = self._clip(rows, gradient)
        number = {key: value[rows] for key, value in self.numbers.items()}
        self.count[rows] += 1
        shrink, l2 = (1 - lr * number["weight_decay"]).to(weights.dtype), number["weight_decay"].to(weights.dtype)
        if self.penalised is not None:
            marks = self.penalised[rows]
            gradient = gradient + marks * number["l1"].to(weights.dtype) * weights.sign()
            shrink, l2 = torch.where(marks > 0, shrink, 1.0), marks * l2
        if self.name in DECOUPLED:
            weights.mul_(shrink)
        else:
            gradient = gradient + l2 * weights
        weights.sub_(self._direction(rows, number, gradient, lr))

    def _direction(self, rows: Tensor, number: dict[str, Tensor], gradient: Tensor, lr: Tensor) -> Tensor:
        dtype = gradient.dtype
        if self.name == "sgd":
            self.states["momentum"][rows] = number["momentum"].to(dtype) * self.states["momentum"][rows] + gradient
            return lr.to(dtype) * self.states["momentum"][rows]
        if self.name == "rmsprop":
            square = self._decay("square", rows, number["alpha"], gradient.square())
            return lr.to(dtype) * gradient / (square.sqrt() + number["eps"].to(dtype))
        if self.name == "lion":
            beta1 = number["beta1"]
            mixed = beta1.to(dtype) * self.states["mean"][rows] + (1 - beta1).to(dtype) * gradient
            self._decay("mean", rows, number["beta2"], gradient)
            return lr.to(dtype) * mixed.sign()
        mean = self._decay("mean", rows, number["beta1"], gradient)
        square = self._decay("square", rows, number["beta2"], gradient.square())
        step_size = lr / (1 - number["beta1"] ** self.count[rows])
        root = (1 - number["beta2"] ** self.count[rows]).sqrt().to(dtype)
        return step_size.to(dtype) * mean / (square.sqrt() / root + number["eps"].to(dtype))

    def _decay(self, state: str, rows: Tensor, beta: Tensor, value: Tensor) -> Tensor:
        # 1 - beta in float64: in float32 it is off by 1e-5 for beta = .999.
        self.states[state][rows] = beta.to(value.dtype) * self.states[state][rows] + (1 - beta).to(value.dtype) * value
        return self.states[state][rows]

    def _clip(self, rows: Tensor, gradient: Tensor) -> Tensor:
        norm = gradient.norm(dim=1, keepdim=True)
        factor = (self.clip[rows] / (norm + 1e-6)).clamp(max=1)
        return torch.where(self.clip[rows].isinf(), gradient, gradient * factor.to(gradient.dtype))

    def _lr_by_step(self, rows: Tensor, lr: Tensor, steps: Sequence[int]) -> Tensor:
        step = torch.tensor(steps, dtype=lr.dtype, device=lr.device).unsqueeze(1)
        warmup, floor = self.warmup[rows], self.fall["floor"][rows]
        done = ((step - warmup) / (self.max_steps[rows] - warmup).clamp(min=1)).clamp(max=1)
        cosine = floor + (1 - floor) * 0.5 * (1 + (torch.pi * done).cos())
        later = torch.where(self.cosine[rows], cosine, 1.0)
        return lr * torch.where(step < warmup, (step + 1) / warmup.clamp(min=1), later)

    def _lr_by_error(self, rows: Tensor, mean_error: Tensor) -> Tensor:
        lr = self.numbers["lr"][rows]
        self.errors[rows] = torch.cat([mean_error.unsqueeze(1).to(self.errors.dtype), self.errors[rows][:, :-1]], dim=1)
        error = torch.where(self.window[rows], self.errors[rows], float("nan")).nanmean(1, keepdim=True)
        factor = torch.maximum((error / self.fall["error"][rows]).clamp(max=1), self.fall["floor"][rows])
        return torch.where(self.falls[rows], lr * factor, lr)
