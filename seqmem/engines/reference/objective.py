"""Losses and errors of a stack, in torch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from seqmem.job.losses import OVER_TIME, Loss
from seqmem.tasks.task import Target


@dataclass(frozen=True)
class Scores:
    """What a batch gave: `wrong` and `largest_error` of each sequence, (M, B), and the mean error, (M,)."""

    wrong: Tensor
    largest_error: Tensor
    mean_error: Tensor


def to_outputs(raw: Tensor, target: Target) -> Tensor:
    """Outputs from raw outputs: softmax for classes, logistic for bits, else unchanged."""
    if target.kind == "class":
        return raw.softmax(-1)
    return raw.sigmoid() if target.kind == "bits" else raw


def compute_loss(raw: Tensor, targets: Tensor, lengths: Tensor, target: Target, loss: Loss) -> Tensor:
    """The loss of each trial, (M,); shapes as in `compute_scores`."""
    if target.kind == "steps":
        total = -_share_steps(raw, lengths).gather(2, targets.unsqueeze(2)).sum((1, 2, 3))
        return total / (lengths.shape[1] if loss.reduction == "batchmean" else lengths.shape[1] * target.size)
    raw, targets = _with_steps(raw, targets, target)
    mask = _pick_steps(raw, lengths, target, "all")
    if loss.name == OVER_TIME:
        total = _cross_entropy_over_time(to_outputs(raw, target), targets, mask).sum((1, 2))
        return total / (mask.shape[1] if loss.reduction == "batchmean" else mask.shape[1] * target.size)
    if loss.name in ("cross_entropy", "kl"):
        each = F.cross_entropy(raw.movedim(-1, 1), targets, reduction="none")  # M, B, T
        numbers = 1
    else:
        numbers = target.size
        wanted = _as_outputs(targets, raw, target)
        if loss.name == "bce":
            each = F.binary_cross_entropy_with_logits(raw, wanted, reduction="none").sum(-1)
        else:
            each = (to_outputs(raw, target) - wanted).square().sum(-1)
    weight = mask + (loss.last_weight - 1) * _pick_steps(raw, lengths, target, "last").to(each.dtype)
    total = torch.where(mask, each * weight, 0).sum((1, 2))
    return total / (mask.shape[1] if loss.reduction == "batchmean" else weight.sum((1, 2)) * numbers)


def _cross_entropy_over_time(outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """Cross-entropy with the valid steps as classes, of each sequence and bit, (M, B, K)."""
    valid = mask.unsqueeze(-1)  # M, B, T, 1
    log_softmax = outputs.masked_fill(~valid, -torch.inf).log_softmax(2)
    return -torch.where(valid, targets.to(outputs.dtype) * log_softmax, 0).sum(2)


def compute_scores(raw: Tensor, targets: Tensor, lengths: Tensor, target: Target) -> Scores:
    """Count and measure errors at the scored steps.

    Args:
        raw: (M, B, K), or (M, B, T, K) with an answer at every step.
        targets: (M, B) or (M, B, T) classes; (M, B, K) steps; else shaped as `raw`.
        lengths: (M, B).
    """
    if target.kind == "steps":
        return _score_steps(raw, targets, lengths)
    raw, targets = _with_steps(raw, targets, target)
    mask = _pick_steps(raw, lengths, target, target.scored)
    outputs = to_outputs(raw, target)
    error = (outputs - _as_outputs(targets, raw, target)).abs()  # M, B, T, K
    if target.kind == "class":
        wrong = raw.argmax(-1) != targets
    elif target.kind == "bits":
        wrong = ((outputs > 0.5) != (targets > 0.5)).any(-1)
    else:
        wrong = (error > target.tolerance).any(-1)
    return Scores(
        wrong=((wrong | error.isnan().any(-1)) & mask).any(-1),
        largest_error=torch.where(mask.unsqueeze(-1), error, 0).amax((2, 3)),
        mean_error=torch.where(mask.unsqueeze(-1), error, 0).sum((1, 2, 3)) / (mask.sum((1, 2)) * target.size),
    )


def _share_steps(raw: Tensor, lengths: Tensor) -> Tensor:
    """Logarithm of each number's softmax over the valid steps of its sequence, (M, B, T, K)."""
    steps = torch.arange(raw.shape[2], device=raw.device)
    valid = (steps < lengths.unsqueeze(-1)).unsqueeze(-1)
    return raw.masked_fill(~valid, -torch.inf).log_softmax(2)


def _score_steps(raw: Tensor, targets: Tensor, lengths: Tensor) -> Scores:
    """Errors of numbers that name steps: what the share of the step to be named is short of 1."""
    shares = _share_steps(raw, lengths)
    error = 1 - shares.gather(2, targets.unsqueeze(2)).squeeze(2).exp()  # M, B, K
    wrong = (shares.argmax(2) != targets) | error.isnan()
    return Scores(wrong.any(-1), error.amax(2), error.mean((1, 2)))


def _with_steps(raw: Tensor, targets: Tensor, target: Target) -> tuple[Tensor, Tensor]:
    """Raw outputs and targets with a time axis."""
    return (raw, targets) if target.every_step else (raw.unsqueeze(2), targets.unsqueeze(2))


def _pick_steps(raw: Tensor, lengths: Tensor, target: Target, which: str) -> Tensor:
    """The mask (M, B, T) of `all` answers, or of those at the `last` steps of their sequences."""
    if not target.every_step:
        return torch.ones_like(lengths, dtype=torch.bool).unsqueeze(2)
    steps = torch.arange(raw.shape[2], device=raw.device)
    end = lengths.unsqueeze(-1)
    return steps < end if which == "all" else steps == end - 1


def _as_outputs(targets: Tensor, raw: Tensor, target: Target) -> Tensor:
    """Targets as the outputs should be: one-hot for classes."""
    if target.kind != "class":
        return targets.to(raw.dtype)
    return F.one_hot(targets, target.size).to(raw.dtype)
