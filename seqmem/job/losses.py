"""Which losses there are, and which targets they fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqmem.arguments import checked
from seqmem.job.checks import check_number
from seqmem.tasks.answers import ANSWERS, Kind
from seqmem.tasks.task import Target

LossName = Literal["cross_entropy", "kl", "mse", "bce", "cross_entropy_over_time"]

OVER_TIME = "cross_entropy_over_time"
SMOOTHED = "smoothed_cross_entropy"

FITS: dict[str, tuple[Kind, ...]] = {
    "cross_entropy": ("class",),
    "kl": ("class",),
    "mse": ("class", "bits", "real"),
    "bce": ("bits",),
    OVER_TIME: ("bits", "steps"),
}


@checked
@dataclass(frozen=True)
class Loss:
    """What training makes small.

    The network's raw outputs become *outputs* by the target's kind: softmax for classes, the
    logistic function for bits, as they are for real numbers. Errors are measured on these.

    `cross_entropy_over_time` is what torch's CrossEntropyLoss gives for outputs (B, T, K) and
    targets of that shape, whose second axis it takes for classes: with outputs p_t in 0 .. 1
    as logits, and bits y_t as probabilities that need not add up to 1,

        loss = -sum_t y_t log(exp(p_t) / sum_s exp(p_s))

    for each sequence and bit, over its valid steps s and t; `mean` is over sequences and bits.
    It asks for larger outputs where there is a 1 than elsewhere, not for the bits themselves.
    For numbers that name steps it is the same with y_t = 1 at the step to be named and 0
    elsewhere, and the outputs as they are: torch's for targets (B, K).

    Args:
        name: `cross_entropy`; `kl`, the divergence from the one-hot target, which is the same
            number; `mse`, the mean squared error of the outputs, for classes against one-hot;
            `bce`, the binary cross-entropy of each bit; `cross_entropy_over_time`, that of the
            steps of a sequence as if they were classes.
        reduction: `mean` over everything that has a target, or `batchmean`, which sums over
            steps (and bits) and takes the mean over sequences only.
        last_weight: With an answer at every step, what the one at a sequence's last step
            counts; each other counts 1. A `mean` is divided by the sum of what they count.
        label_smoothing: Of `cross_entropy`, the share of every target that is spread evenly over
            all classes (Szegedy et al., arXiv 1512.00567, 2016); what counts as wrong stays.
    Raises:
        ValueError: if there is no such loss or reduction, or a number is out of range.
    """

    name: LossName = "cross_entropy"
    reduction: Literal["mean", "batchmean"] = "mean"
    last_weight: float = 1.0
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_number("loss.last_weight", self.last_weight, above=0)
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"loss.label_smoothing must be at least 0 and below 1, got {self.label_smoothing:g}")
        if self.label_smoothing and self.name != "cross_entropy":
            given = f"{self.label_smoothing:g}"
            raise ValueError(f"loss.label_smoothing must be 0 but for loss=cross_entropy, got {given} for {self.name}")

    @property
    def formula(self) -> str:
        """Which formula compares an answer with its target: the loss's name, but where labels are smoothed."""
        return SMOOTHED if self.label_smoothing else self.name

    @property
    def over_sequences(self) -> bool:
        """Whether the mean is over the sequences of a batch; else it is over its answers."""
        return self.reduction == "batchmean" or self.name == OVER_TIME

    def count_numbers(self, size: int) -> int:
        """Over how many numbers of an answer of this size, or of a sequence, it is a mean as well."""
        return 1 if self.reduction == "batchmean" or self.name in ("cross_entropy", "kl") else size

    def check(self, target: Target, task_name: str) -> None:
        """Raise ValueError if this loss has no meaning for the target."""
        if _fits(self.name, target):
            self._check_last_weight(target, task_name)
            return
        needed = " or ".join(ANSWERS[kind].word for kind in FITS[self.name]) + " targets"
        found = f"{target.answers.word} targets"
        if self.name == OVER_TIME:
            needed, found = f"{needed} at every step", f"{found} at {'every step' if target.every_step else 'the end'}"
        raise ValueError(
            f"loss={self.name} needs {needed}, but task={task_name} has {found}; "
            f"choose {_enumerate([name for name in FITS if _fits(name, target)])}"
        )

    def _check_last_weight(self, target: Target, task_name: str) -> None:
        if self.last_weight == 1:
            return
        reason = None
        if not target.every_step:
            reason = f"for task={task_name}, which has no answer but the last"
        elif self.name == OVER_TIME:
            reason = f"for loss={OVER_TIME}, which compares the steps of a sequence with each other"
        if reason is not None:
            raise ValueError(f"loss.last_weight must be 1 {reason}, got {self.last_weight:g}")


def _fits(name: str, target: Target) -> bool:
    return target.kind in FITS[name] and (name != OVER_TIME or target.every_step)


def _enumerate(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
