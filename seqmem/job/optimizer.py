"""How weights follow their gradients, and the learning rate over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqmem.arguments import checked
from seqmem.job.checks import check_count, check_number

# The running means that each optimizer keeps of the gradient, as wide as the weights.
MEANS = {
    "sgd": ("momentum",),
    "adam": ("mean", "square"),
    "adamw": ("mean", "square"),
    "rmsprop": ("square",),
    "lion": ("mean",),
}
OPTIMIZERS = tuple(MEANS)
DECOUPLED = ("adamw", "lion")  # whose weight decay is no part of the gradient
ALL = ("*",)


@checked
@dataclass(frozen=True)
class Optimizer:
    """How weights follow their gradients; as torch.optim, with torch's names and adam's defaults.

    `lion` is Chen et al., "Symbolic discovery of optimization algorithms", arXiv 2302.06675, 2023.

    Args:
        name: `sgd`, `adam`, `adamw`, `rmsprop` or `lion`.
        lr: Learning rate.
        momentum: Of sgd.
        beta1: Decay of adam's mean of the gradient; the part of lion's that the next step has.
        beta2: Decay of adam's mean of its square; of lion's mean of the gradient.
        alpha: Decay of rmsprop's mean of the squared gradient.
        eps: Added to the root of the mean square.
        weight_decay: L2 penalty; for adamw and lion the decoupled decay.
        l1: L1 penalty: added to the gradient, times the sign of each weight.
        penalised: Patterns of the parameters that both apply to, such as `recurrent.weight_*`.
        reset_every_epoch: Forget all means at the start of every epoch.
    Raises:
        ValueError: if a value is out of range.
    """

    name: Literal["sgd", "adam", "adamw", "rmsprop", "lion"] = "adam"
    lr: float = 0.001
    momentum: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    alpha: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0
    reset_every_epoch: bool = False
    l1: float = 0.0
    penalised: Sequence[str] = ALL

    def __post_init__(self) -> None:
        for key in ("lr", "eps"):
            check_number(f"optimizer.{key}", getattr(self, key), above=0)
        for key in ("weight_decay", "l1"):
            check_number(f"optimizer.{key}", getattr(self, key), at_least=0)
        for key in ("momentum", "beta1", "beta2", "alpha"):
            check_number(f"optimizer.{key}", getattr(self, key), at_least=0, below=1)

    def check(self, parameters: Mapping[str, tuple[int, ...]]) -> None:
        """Raise ValueError if a pattern is of none of a network's parameters."""
        for pattern in self.penalised:
            if not any(fnmatchcase(name, pattern) for name in parameters):
                raise ValueError(
                    f"optimizer.penalised must match parameters, {pattern} none of {', '.join(parameters)}"
                )

    def mark_penalised(self, parameters: Mapping[str, tuple[int, ...]]) -> NDArray[np.float32] | None:
        """1 for each penalised number of a network's parameters, in their order, and 0 for the others, (P,).

        None if there is no l1 and weight decay applies to all, as it does most often.
        """
        if not self.l1 and (tuple(self.penalised) == ALL or not self.weight_decay):
            return None
        marks = [
            np.full(int(np.prod(shape)), any(fnmatchcase(name, pattern) for pattern in self.penalised), np.float32)
            for name, shape in parameters.items()
        ]
        return np.concatenate(marks)


@checked
@dataclass(frozen=True)
class Schedule:
    """The learning rate over time.

    Args:
        name: `constant`; `error`: lr x clamp(e / error, floor, 1), with e the mean absolute error of
            the outputs over the last `batches` batches; or `cosine`: half a cosine from lr to lr x
            floor at the end of the budget (Loshchilov & Hutter, arXiv 1608.03983, 2016, one cycle).
        error: The error at which the rate starts to fall.
        floor: The smallest factor.
        batches: How many batches the error is averaged over.
        warmup: Training sequences over which the rate rises to lr first, in equal steps.
    Raises:
        ValueError: if a value is out of range.
    """

    name: Literal["constant", "error", "cosine"] = "constant"
    error: float = 0.1
    floor: float = 0.02
    batches: int = 50
    warmup: int = 0

    def __post_init__(self) -> None:
        check_number("schedule.error", self.error, above=0)
        check_number("schedule.floor", self.floor, at_least=0)
        if self.floor > 1:
            raise ValueError(f"schedule.floor must be at most 1, got {self.floor}")
        check_count("schedule.batches", self.batches)
        check_number("schedule.warmup", self.warmup, at_least=0)
