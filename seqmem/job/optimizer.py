"""How weights follow their gradients, and the learning rate over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqmem.arguments import checked
from seqmem.job.checks import check_count, check_number

# The running means that each optimizer keeps of the gradient, as wide as the weights.
MEANS = {"sgd": ("momentum",), "adam": ("mean", "square"), "adamw": ("mean", "square"), "rmsprop": ("square",)}
OPTIMIZERS = tuple(MEANS)


@checked
@dataclass(frozen=True)
class Optimizer:
    """How weights follow their gradients; as torch.optim, with torch's names and adam's defaults.

    Args:
        name: `sgd`, `adam`, `adamw` or `rmsprop`.
        lr: Learning rate.
        momentum: Of sgd.
        beta1: Decay of adam's mean of the gradient.
        beta2: Decay of adam's mean of its square.
        alpha: Decay of rmsprop's mean of the squared gradient.
        eps: Added to the root of the mean square.
        weight_decay: L2 penalty; for adamw the decoupled decay.
        reset_every_epoch: Forget all means at the start of every epoch.
    Raises:
        ValueError: if a value is out of range.
    """

    name: Literal["sgd", "adam", "adamw", "rmsprop"] = "adam"
    lr: float = 0.001
    momentum: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    alpha: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0
    reset_every_epoch: bool = False

    def __post_init__(self) -> None:
        for key in ("lr", "eps"):
            check_number(f"optimizer.{key}", getattr(self, key), above=0)
        check_number("optimizer.weight_decay", self.weight_decay, at_least=0)
        for key in ("momentum", "beta1", "beta2", "alpha"):
            check_number(f"optimizer.{key}", getattr(self, key), at_least=0, below=1)


@checked
@dataclass(frozen=True)
class Schedule:
    """The learning rate over time.

    Args:
        name: `constant`, or `error`: lr x clamp(e / error, floor, 1), with e the mean absolute
            error of the outputs over the last `batches` batches.
        error: The error at which the rate starts to fall.
        floor: The smallest factor.
        batches: How many batches the error is averaged over.
    Raises:
        ValueError: if a value is out of range.
    """

    name: Literal["constant", "error"] = "constant"
    error: float = 0.1
    floor: float = 0.02
    batches: int = 50

    def __post_init__(self) -> None:
        check_number("schedule.error", self.error, above=0)
        check_number("schedule.floor", self.floor, at_least=0)
        if self.floor > 1:
            raise ValueError(f"schedule.floor must be at most 1, got {self.floor}")
        check_count("schedule.batches", self.batches)
