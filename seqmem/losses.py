"""Which losses there are, and which targets they fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqmem.tasks.task import Kind, Target

LossName = Literal["cross_entropy", "kl", "mse", "bce"]

FITS: dict[str, tuple[Kind, ...]] = {
    "cross_entropy": ("class",),
    "kl": ("class",),
    "mse": ("class", "bits", "real"),
    "bce": ("bits",),
}


@dataclass(frozen=True)
class Loss:
    """What training makes small.

    The network's raw outputs become *outputs* by the target's kind: softmax for classes, the
    logistic function for bits, as they are for real numbers. Errors are measured on these.

    Args:
        name: `cross_entropy`; `kl`, the divergence from the one-hot target, which is the same
            number; `mse`, the mean squared error of the outputs, for classes against one-hot;
            `bce`, the binary cross-entropy of each bit.
        reduction: `mean` over everything that has a target, or `batchmean`, which sums over
            steps (and bits) and takes the mean over sequences only.
    Raises:
        ValueError: if there is no such loss or reduction.
    """

    name: LossName = "cross_entropy"
    reduction: Literal["mean", "batchmean"] = "mean"

    def __post_init__(self) -> None:
        if self.name not in FITS:
            raise ValueError(f"loss must be one of {', '.join(FITS)}, got {self.name}")
        if self.reduction not in ("mean", "batchmean"):
            raise ValueError(f"loss.reduction must be mean or batchmean, got {self.reduction}")

    def check(self, target: Target, task_name: str) -> None:
        """Raise ValueError if this loss has no meaning for the target."""
        if target.kind not in FITS[self.name]:
            needed = " or ".join(_read_kind(kind) for kind in FITS[self.name])
            fitting = [name for name, kinds in FITS.items() if target.kind in kinds]
            raise ValueError(
                f"loss={self.name} needs {needed} targets, but task={task_name} has {_read_kind(target.kind)} targets; "
                f"choose {_enumerate(fitting)}"
            )


def _read_kind(kind: Kind) -> str:
    return {"class": "class", "bits": "bit", "real": "real-valued"}[kind]


def _enumerate(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
