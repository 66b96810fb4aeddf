"""The steps of a sequence as classes: cross-entropy over time, of bits and of numbers that name steps."""

from __future__ import annotations

import numpy as np

from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.objectives.answering import (
    LOSS,
    answering,
    find_asked,
    find_outside,
    first_target,
    larger,
    report,
    storing,
)
from seqmem.engines.fused.objectives.numbers import is_wrong_bit, to_identity, to_logistic
from seqmem.engines.fused.objectives.objective import objective
from seqmem.engines.fused.simd.maths import exp, log, sigmoid
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.types import Floats, Number, Struct, Vec
from seqmem.engines.fused.simd.vector import absolute, load, select_equal, select_less, splat, store, sum_lanes
from seqmem.engines.fused.structs import PREDICT, TRACE
from seqmem.job.losses import OVER_TIME

f4 = np.float32


@compiled
def _answer_bits(trial: Struct, lanes: Floats, raw: int, target: int, weight: Vec) -> tuple[Vec, Vec, Vec, Vec]:
    """Score bits, and leave their logistic outputs."""
    zero = splat(f4(0.0))
    wrong, largest, errors = zero, zero, zero
    for offset in range(0, trial.output_size * BLOCK, BLOCK):
        p, wanted = sigmoid(load(lanes, raw + offset)), load(lanes, target + offset)
        error = absolute(p - wanted)
        largest, errors = larger(largest, error), errors + error
        wrong = larger(wrong, is_wrong_bit(trial, p, wanted))
        store(lanes, raw + offset, p)
    return zero, wrong, largest, errors


@compiled
def _compare_steps(trial: Struct, lanes: Floats, num_steps: int, half: int, scale: Number) -> Vec:
    """Cross-entropy with the steps as classes, from the logistic outputs that `_answer_bits` left."""
    zero, one, loss = splat(f4(0.0)), splat(f4(1.0)), splat(f4(0.0))
    length, first = load(lanes, trial.lengths + half), first_target(trial) + half
    raw_stride, target_stride = trial.output_size * BLOCK, trial.target_width * BLOCK
    for offset in range(0, raw_stride, BLOCK):
        raw, target = trial.raw + half + offset, first + offset
        total, wanted, matched = zero, zero, zero
        for t in range(num_steps):
            p, y = load(lanes, raw + t * raw_stride), load(lanes, target + t * target_stride)
            asked = find_asked(lanes, target + t * target_stride, length, t)
            total = total + select_less(zero, asked, exp(p), zero)
            wanted = wanted + select_less(zero, asked, y, zero)
            matched = matched + select_less(zero, asked, y * p, zero)
        loss = loss + select_less(zero, length, wanted * log(total) - matched, zero)
        for t in range(num_steps):
            p, y = load(lanes, raw + t * raw_stride), load(lanes, target + t * target_stride)
            asked = find_asked(lanes, target + t * target_stride, length, t)
            gradient = (wanted * exp(p) / total - y) * p * (one - p) * splat(scale)
            gradient = select_less(zero, asked, gradient, zero)
            if trial.mode == TRACE:
                gradient = select_equal(length, splat(f4(t + 1)), gradient, zero)
            store(lanes, raw + t * raw_stride, gradient)
    return loss


@compiled
def _answer_steps(trial: Struct, lanes: Floats, num_steps: int, half: int, scale: Number) -> tuple[Vec, Vec, Vec, Vec]:
    """Loss, wrong, largest and summed error of the sequences; the gradient is weighted."""
    zero, one, infinite = splat(f4(0.0)), splat(f4(1.0)), splat(f4(np.inf))
    loss, wrong, largest, errors = zero, zero, zero, zero
    length, targets = load(lanes, trial.lengths + half), first_target(trial) + half
    stride = trial.output_size * BLOCK
    for offset in range(0, stride, BLOCK):
        raw, wanted = trial.raw + half + offset, load(lanes, targets + offset)
        highest, named, at_target = load(lanes, raw), zero, zero
        for t in range(num_steps):
            step, x = splat(f4(t)), load(lanes, raw + t * stride)
            x = select_less(step, length, x, zero - infinite)
            at_target = select_equal(wanted, step, x, at_target)
            named = select_less(highest, x, step, named)
            highest = larger(highest, x)
        total = zero
        for t in range(num_steps):
            e = exp(load(lanes, raw + t * stride) - highest)
            total = total + select_less(splat(f4(t)), length, e, zero)
        loss = loss + select_less(zero, length, log(total) - (at_target - highest), zero)
        error = one - exp(at_target - highest) / total
        error = select_less(zero, length, select_equal(error, error, error, infinite), zero)
        differs = select_less(zero, length, select_equal(named, wanted, zero, one), zero)
        wrong = select_equal(error, infinite, one, larger(wrong, differs))
        largest, errors = larger(largest, error), errors + error
        for t in range(num_steps):
            step = splat(f4(t))
            gradient = exp(load(lanes, raw + t * stride) - highest) / total - select_equal(wanted, step, one, zero)
            gradient = select_less(step, length, gradient * splat(scale), zero)
            if trial.mode == TRACE:
                gradient = select_equal(length, splat(f4(t + 1)), gradient, zero)
            store(lanes, raw + t * stride, gradient)
    return loss, wrong, largest, errors


_answer_block = answering(_answer_bits, to_logistic)
_store_outputs = storing(to_identity)


@objective("bits", "logistic", OVER_TIME)
def compare_bits_over_time(trial: Struct, lanes: Floats, num_steps: int, scale: Number) -> None:
    """Bits are scored step by step; the loss compares the steps of a sequence with each other."""
    _answer_block(trial, lanes, num_steps, scale)
    if trial.mode != PREDICT:
        loss = splat(f4(0.0))
        for half in range(0, BLOCK, LANES):
            loss = loss + _compare_steps(trial, lanes, num_steps, half, scale)
        lanes[trial.found + LOSS] = sum_lanes(loss) * scale


@objective("steps", "identity", OVER_TIME)
def compare_named_steps(trial: Struct, lanes: Floats, num_steps: int, scale: Number) -> None:
    """Cross-entropy of numbers with the valid steps as classes; all steps make one answer."""
    if trial.mode == PREDICT:
        _store_outputs(trial, lanes, num_steps)
        return
    zero = splat(f4(0.0))
    loss, errors, wrong, largest, outside = zero, zero, zero, zero, zero
    for half in range(0, BLOCK, LANES):
        own = _answer_steps(trial, lanes, num_steps, half, scale)
        loss, wrong, errors = loss + own[0], wrong + own[1], errors + own[3]
        largest, outside = larger(largest, own[2]), outside + find_outside(trial, own[2])
    report(trial, lanes, (sum_lanes(loss) * scale, wrong, largest, errors, outside, wrong))
