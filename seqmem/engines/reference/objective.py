"""Losses and errors of a stack, in torch.

What an answer is and when it is wrong is told by `seqmem.tasks.answers`, what a loss is a mean over by
`seqmem.job.losses`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from seqmem.job.losses import OVER_TIME, SMOOTHED, Loss
from seqmem.job.own_loss import OWN, OwnLoss
from seqmem.tasks.answers import OUTPUTS
from seqmem.tasks.task import Target


@dataclass(frozen=True)
class Scores:
    """What a batch gave: `wrong` and `largest_error` of each sequence, (M, B); of all, the mean error, (M,).

    answer_error: The share of the scored answers that are wrong, (M,).
    """

    wrong: Tensor
    largest_error: Tensor
    mean_error: Tensor
    answer_error: Tensor


def to_outputs(raw: Tensor, target: Target) -> Tensor:
    """Outputs from raw outputs, by the target's output function."""
    assert target.output is not None
    return OUTPUTS[target.output](raw)


def compute_loss(raw: Tensor, targets: Tensor, lengths: Tensor, target: Target, loss: Loss | OwnLoss) -> Tensor:
    """The loss of each trial, (M,); shapes as in `compute_scores`."""
    raw, targets = _with_steps(raw, targets, target)
    targets, asked = _find_asked(raw, targets, lengths, target)
    each = MEASURES[loss.formula](raw, targets, asked, target, loss)  # M, B, T
    weight = asked + (loss.last_weight - 1) * (asked & _pick_last(raw, lengths, target, 1)).to(each.dtype)
    total = torch.where(asked, each * weight, 0).sum((1, 2))
    answers = lengths.shape[1] if loss.over_sequences else weight.sum((1, 2))
    return total / (answers * loss.count_numbers(target.size))


def _measure_classes(raw: Tensor, targets: Tensor, asked: Tensor, target: Target, loss: Loss | OwnLoss) -> Tensor:
    return F.cross_entropy(raw.movedim(-1, 1), targets, reduction="none", label_smoothing=loss.label_smoothing)


def _measure_squares(raw: Tensor, targets: Tensor, asked: Tensor, target: Target, loss: Loss | OwnLoss) -> Tensor:
    return (to_outputs(raw, target) - target.answers.as_outputs(targets, raw)).square().sum(-1)


def _measure_bits(raw: Tensor, targets: Tensor, asked: Tensor, target: Target, loss: Loss | OwnLoss) -> Tensor:
    wanted = target.answers.as_outputs(targets, raw)
    return F.binary_cross_entropy_with_logits(raw, wanted, reduction="none").sum(-1)


def _measure_over_time(raw: Tensor, targets: Tensor, asked: Tensor, target: Target, loss: Loss | OwnLoss) -> Tensor:
    """Cross-entropy with the steps asked for as classes: what each step adds."""
    present = asked.unsqueeze(-1)  # M, B, T, 1
    log_softmax = to_outputs(raw, target).masked_fill(~present, -torch.inf).log_softmax(2)
    return -torch.where(present, target.answers.as_outputs(targets, raw) * log_softmax, 0).sum(-1)


def _measure_own(raw: Tensor, targets: Tensor, asked: Tensor, target: Target, loss: Loss | OwnLoss) -> Tensor:
    assert isinstance(loss, OwnLoss)
    each = loss.measure(raw, to_outputs(raw, target), target.answers.as_outputs(targets, raw))
    if each.shape != asked.shape:
        shapes = f"{tuple(asked.shape)} for outputs of shape {tuple(raw.shape)}, got {tuple(each.shape)}"
        raise ValueError(f"{loss.name}.measure must return a number an answer, of shape {shapes}")
    return each


# The loss of each answer, (M, B, T), from raw outputs (M, B, T, K), targets, and the steps that are asked for.
MEASURES: dict[str, Callable[[Tensor, Tensor, Tensor, Target, Loss | OwnLoss], Tensor]] = {
    "cross_entropy": _measure_classes,
    SMOOTHED: _measure_classes,
    "kl": _measure_classes,
    "mse": _measure_squares,
    "bce": _measure_bits,
    OVER_TIME: _measure_over_time,
    OWN: _measure_own,
}


def compute_scores(raw: Tensor, targets: Tensor, lengths: Tensor, target: Target) -> Scores:
    """Count and measure errors at the scored steps.

    Args:
        raw: (M, B, K), or (M, B, T, K) with an answer at every step.
        targets: (M, B) or (M, B, T) classes; (M, B, K) steps; else shaped as `raw`.
        lengths: (M, B).
    """
    raw, targets = _with_steps(raw, targets, target)
    targets, asked = _find_asked(raw, targets, lengths, target)
    wrong, error = target.answers.judge(raw, to_outputs(raw, target), targets, asked, target.tolerance)
    mask = torch.ones_like(wrong)
    if target.targets_every_step:
        mask = asked & _pick_last(raw, lengths, target, target.count_scored(raw.shape[2]))
    return Scores(
        wrong=(wrong & mask).any(-1),
        largest_error=torch.where(mask.unsqueeze(-1), error, 0).amax((2, 3)),
        mean_error=torch.where(mask.unsqueeze(-1), error, 0).sum((1, 2, 3)) / (mask.sum((1, 2)) * target.size),
        answer_error=(wrong & mask).sum((1, 2)) / mask.sum((1, 2)),
    )


def _with_steps(raw: Tensor, targets: Tensor, target: Target) -> tuple[Tensor, Tensor]:
    """Raw outputs and targets with a time axis, where they are of one step only."""
    return (raw, targets) if target.every_step else (raw.unsqueeze(2), targets.unsqueeze(2))


def _find_asked(raw: Tensor, targets: Tensor, lengths: Tensor, target: Target) -> tuple[Tensor, Tensor]:
    """Targets with zeros where none is asked for, and the mask (M, B, T) of the steps where one is."""
    asked = _pick_last(raw, lengths, target, raw.shape[2])
    if target.targets_every_step:
        asked = asked & target.answers.find_asked(targets)
        targets = torch.where(asked if targets.dim() == 3 else asked.unsqueeze(-1), targets, 0)
    return targets, asked


def _pick_last(raw: Tensor, lengths: Tensor, target: Target, count: int) -> Tensor:
    """The mask (M, B, T) of so many of the last steps of each sequence; of the one answer at its end."""
    if not target.every_step:
        return torch.ones_like(lengths, dtype=torch.bool).unsqueeze(2)
    steps = torch.arange(raw.shape[2], device=raw.device)
    end = lengths.unsqueeze(-1)
    return (steps < end) & (steps >= end - count)
