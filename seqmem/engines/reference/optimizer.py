"""One optimizer for each trial of a stack, its numbers the trial's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from seqmem.job.job import Job
from seqmem.job.optimizer import MEANS

NUMBERS = ("lr", "momentum", "beta1", "beta2", "alpha", "eps", "weight_decay")


class StackedOptimizer:
    """Updates (M, P) weights from (M, P) gradients; all trials use the same rule.

    Follows torch.optim.SGD, Adam, AdamW and RMSprop, and torch.nn.utils.clip_grad_norm_. Its
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

    def update(self, rows: Tensor, weights: Tensor, gradient: Tensor, mean_error: Tensor) -> None:
        """Update `weights` (R, P), which belong to the trials `rows`, in place.

        Args:
            gradient: (R, P).
            mean_error: (R,), the mean error of the batch that gave the gradient.
        """
        lr = self._scheduled_lr(rows, mean_error)
        gradient = self._clip(rows, gradient)
        number = {key: value[rows] for key, value in self.numbers.items()}
        self.count[rows] += 1
        if self.name == "adamw":
            weights.mul_((1 - lr * number["weight_decay"]).to(weights.dtype))
        else:
            gradient = gradient + number["weight_decay"].to(weights.dtype) * weights
        weights.sub_(self._direction(rows, number, gradient, lr))

    def _direction(self, rows: Tensor, number: dict[str, Tensor], gradient: Tensor, lr: Tensor) -> Tensor:
        dtype = gradient.dtype
        if self.name == "sgd":
            self.states["momentum"][rows] = number["momentum"].to(dtype) * self.states["momentum"][rows] + gradient
            return lr.to(dtype) * self.states["momentum"][rows]
        if self.name == "rmsprop":
            square = self._decay("square", rows, number["alpha"], gradient.square())
            return lr.to(dtype) * gradient / (square.sqrt() + number["eps"].to(dtype))
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

    def _scheduled_lr(self, rows: Tensor, mean_error: Tensor) -> Tensor:
        lr = self.numbers["lr"][rows]
        self.errors[rows] = torch.cat([mean_error.unsqueeze(1).to(self.errors.dtype), self.errors[rows][:, :-1]], dim=1)
        error = torch.where(self.window[rows], self.errors[rows], float("nan")).nanmean(1, keepdim=True)
        factor = torch.maximum((error / self.fall["error"][rows]).clamp(max=1), self.fall["floor"][rows])
        return torch.where(self.falls[rows], lr * factor, lr)
