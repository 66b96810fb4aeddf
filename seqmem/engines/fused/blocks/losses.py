"""Losses, scores and the gradient of the raw outputs, for one block.

See `seqmem.job.losses` and `seqmem.engines.engine.Steps` for what they mean. Everything is done for
one vector of sequences at one step; lanes and steps without an answer count for nothing,
whatever stands there.
"""

from __future__ import annotations

import numpy as np

from seqmem.engines.fused.compiling import compiled, inlined
from seqmem.engines.fused.memory import float32_at
from seqmem.engines.fused.simd.maths import exp, log, log1p_exp, sigmoid
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.types import Floats, Number, Struct, Vec
from seqmem.engines.fused.simd.vector import absolute, load, select_equal, select_less, splat, store, sum_lanes
from seqmem.engines.fused.structs import KINDS, LOSSES, TRACE
from seqmem.job.losses import OVER_TIME

f4 = np.float32

CLASS, BITS, STEPS = KINDS.index("class"), KINDS.index("bits"), KINDS.index("steps")
MSE = LOSSES.index("mse")
CROSS_ENTROPY_OVER_TIME = LOSSES.index(OVER_TIME)


@compiled
def answer_block(
    trial: Struct, lanes: Floats, num_steps: int, scale: Number
) -> tuple[Number, Number, Number, Number, Number]:
    """Compare the block's raw outputs with its targets; replace them by their gradient.

    Args:
        num_steps: Steps that have an answer.
        scale: What the loss of one answer counts in the batch's loss.
    Returns:
        Loss, wrong sequences, largest error, sum of the errors, sequences outside the strict
        tolerance.
    """
    zero, one, infinite = splat(f4(0.0)), splat(f4(1.0)), splat(f4(np.inf))
    loss, errors, total_wrong, total_largest, outside = zero, zero, zero, zero, zero
    raw_stride, target_stride = trial.output_size * BLOCK, trial.target_width * BLOCK
    steps = trial.max_length if trial.targets_every_step else 1
    targets = trial.batch_targets + trial.block * steps * target_stride
    for half in range(0, BLOCK, LANES):
        length = load(lanes, trial.lengths + half)
        wrong, largest = zero, zero
        if trial.kind == STEPS:
            own, wrong, largest, error = _answer_steps(trial, lanes, targets + half, num_steps, length, half, scale)
            loss, errors = loss + own, errors + error
        for t in range(0 if trial.kind == STEPS else num_steps):
            valid = select_less(splat(f4(t)), length, one, zero)
            scored = select_equal(length, splat(f4(t + 1)), one, zero) if trial.scores_last else valid
            share = select_equal(length, splat(f4(t + 1)), splat(f4(trial.last_weight)), one)
            weight = select_less(zero, valid, splat(scale) * share, zero)
            if trial.mode == TRACE and trial.every_step:
                weight = select_equal(length, splat(f4(t + 1)), weight, zero)
            raw, target = trial.raw + t * raw_stride + half, targets + t * target_stride + half
            if trial.kind == CLASS:
                result = _answer_class(trial, lanes, raw, target, weight)
            elif trial.kind == BITS:
                result = _answer_bits(trial, lanes, raw, target, weight)
            else:
                result = _answer_real(trial, lanes, raw, target, weight)
            loss = loss + select_less(zero, weight, result[0] * share, zero)
            error = select_equal(result[3], result[3], result[2], infinite)  # infinite where one is NaN
            is_wrong = select_equal(error, infinite, one, result[1])
            wrong = _larger(wrong, select_less(zero, scored, is_wrong, zero))
            largest = _larger(largest, select_less(zero, scored, error, zero))
            errors = errors + select_less(zero, scored, result[3], zero)
        if trial.loss == CROSS_ENTROPY_OVER_TIME and trial.kind == BITS:
            loss = loss + _compare_steps(trial, lanes, targets + half, num_steps, length, half, scale)
        total_wrong = total_wrong + wrong
        outside = outside + select_less(splat(f4(trial.strict_tolerance)), largest, one, zero)
        total_largest = _larger(total_largest, largest)
    largest_lane = _largest_lane(trial, lanes, total_largest)
    return sum_lanes(loss) * scale, sum_lanes(total_wrong), largest_lane, sum_lanes(errors), sum_lanes(outside)


@inlined
def _larger(a: Vec, b: Vec) -> Vec:
    return select_less(a, b, b, a)


@inlined
def _largest_lane(trial: Struct, lanes: Floats, x: Vec) -> Number:
    store(lanes, trial.scratch, x)
    largest = lanes[trial.scratch]
    for lane in range(1, LANES):
        largest = max(largest, lanes[trial.scratch + lane])
    return largest


@compiled
def _answer_class(trial: Struct, lanes: Floats, raw: int, target: int, weight: Vec) -> tuple[Vec, Vec, Vec, Vec]:
    """Softmax and cross-entropy, or its squared distance to one-hot.

    Returns:
        Loss, wrong, largest and summed error of one answer; the gradient is weighted.
    """
    zero, one = splat(f4(0.0)), splat(f4(1.0))
    size, wanted = trial.output_size, load(lanes, target)
    highest, named, at_target = load(lanes, raw), zero, zero
    for k in range(size):
        x = load(lanes, raw + k * BLOCK)
        at_target = select_equal(wanted, splat(f4(k)), x, at_target)
        named = select_less(highest, x, splat(f4(k)), named)
        highest = _larger(highest, x)
    total = _exponentiate(lanes, raw, size, highest)
    scale = one / total
    largest, errors, squares, mean = zero, zero, zero, zero
    for k in range(size):
        p = load(lanes, raw + k * BLOCK) * scale
        difference = p - select_equal(wanted, splat(f4(k)), one, zero)
        error = absolute(difference)
        largest, errors = _larger(largest, error), errors + error
        if trial.loss == MSE:
            squares = squares + difference * difference
            mean = mean + p * difference
            store(lanes, raw + k * BLOCK, p)
        else:
            store(lanes, raw + k * BLOCK, select_less(zero, weight, difference * weight, zero))
    loss = log(total) - (at_target - highest)
    if trial.loss == MSE:
        loss = squares
        for k in range(size):
            p = load(lanes, raw + k * BLOCK)
            difference = p - select_equal(wanted, splat(f4(k)), one, zero)
            gradient = splat(f4(2.0)) * p * (difference - mean) * weight
            store(lanes, raw + k * BLOCK, select_less(zero, weight, gradient, zero))
    return loss, select_equal(named, wanted, zero, one), largest, errors


@compiled
def _answer_bits(trial: Struct, lanes: Floats, raw: int, target: int, weight: Vec) -> tuple[Vec, Vec, Vec, Vec]:
    """Logistic outputs, with the binary cross-entropy or the squared error; over time, the outputs stay."""
    zero, one, half = splat(f4(0.0)), splat(f4(1.0)), splat(f4(0.5))
    loss, wrong, largest, errors = zero, zero, zero, zero
    for offset in range(0, trial.output_size * BLOCK, BLOCK):
        x, wanted = load(lanes, raw + offset), load(lanes, target + offset)
        p = sigmoid(x)
        difference = p - wanted
        error = absolute(difference)
        largest, errors = _larger(largest, error), errors + error
        differs = select_less(half, p, one, zero) - select_less(half, wanted, one, zero)
        wrong = _larger(wrong, differs * differs)
        if trial.loss == MSE:
            loss = loss + difference * difference
            gradient = splat(f4(2.0)) * difference * p * (one - p)
        elif trial.loss == CROSS_ENTROPY_OVER_TIME:
            store(lanes, raw + offset, p)
            continue
        else:
            loss = loss + _larger(x, zero) - x * wanted + log1p_exp(zero - absolute(x))
            gradient = difference
        store(lanes, raw + offset, select_less(zero, weight, gradient * weight, zero))
    return loss, wrong, largest, errors


@compiled
def _compare_steps(
    trial: Struct, lanes: Floats, targets: int, num_steps: int, length: Vec, half: int, scale: Number
) -> Vec:
    """Cross-entropy with the valid steps as classes, from the logistic outputs that `_answer_bits` left."""
    zero, one, loss = splat(f4(0.0)), splat(f4(1.0)), splat(f4(0.0))
    for offset in range(0, trial.output_size * BLOCK, BLOCK):
        raw, target = trial.raw + half + offset, targets + offset
        raw_stride, target_stride = trial.output_size * BLOCK, trial.target_width * BLOCK
        total, wanted, matched = zero, zero, zero
        for t in range(num_steps):
            p, y = load(lanes, raw + t * raw_stride), load(lanes, target + t * target_stride)
            step = splat(f4(t))
            total = total + select_less(step, length, exp(p), zero)
            wanted = wanted + select_less(step, length, y, zero)
            matched = matched + select_less(step, length, y * p, zero)
        loss = loss + select_less(zero, length, wanted * log(total) - matched, zero)
        for t in range(num_steps):
            p, y = load(lanes, raw + t * raw_stride), load(lanes, target + t * target_stride)
            gradient = (wanted * exp(p) / total - y) * p * (one - p) * splat(scale)
            gradient = select_less(splat(f4(t)), length, gradient, zero)
            if trial.mode == TRACE:
                gradient = select_equal(length, splat(f4(t + 1)), gradient, zero)
            store(lanes, raw + t * raw_stride, gradient)
    return loss


@compiled
def _answer_steps(
    trial: Struct, lanes: Floats, targets: int, num_steps: int, length: Vec, half: int, scale: Number
) -> tuple[Vec, Vec, Vec, Vec]:
    """Cross-entropy of numbers with the valid steps as classes.

    Returns:
        Loss, wrong, largest and summed error of the sequences; the gradient is weighted.
    """
    zero, one, infinite = splat(f4(0.0)), splat(f4(1.0)), splat(f4(np.inf))
    loss, wrong, largest, errors = zero, zero, zero, zero
    stride = trial.output_size * BLOCK
    for offset in range(0, stride, BLOCK):
        raw, wanted = trial.raw + half + offset, load(lanes, targets + offset)
        highest, named, at_target = load(lanes, raw), zero, zero
        for t in range(num_steps):
            step, x = splat(f4(t)), load(lanes, raw + t * stride)
            x = select_less(step, length, x, zero - infinite)
            at_target = select_equal(wanted, step, x, at_target)
            named = select_less(highest, x, step, named)
            highest = _larger(highest, x)
        total = zero
        for t in range(num_steps):
            e = exp(load(lanes, raw + t * stride) - highest)
            total = total + select_less(splat(f4(t)), length, e, zero)
        loss = loss + select_less(zero, length, log(total) - (at_target - highest), zero)
        error = one - exp(at_target - highest) / total
        error = select_less(zero, length, select_equal(error, error, error, infinite), zero)
        differs = select_less(zero, length, select_equal(named, wanted, zero, one), zero)
        wrong = select_equal(error, infinite, one, _larger(wrong, differs))
        largest, errors = _larger(largest, error), errors + error
        for t in range(num_steps):
            step = splat(f4(t))
            gradient = exp(load(lanes, raw + t * stride) - highest) / total - select_equal(wanted, step, one, zero)
            gradient = select_less(step, length, gradient * splat(scale), zero)
            if trial.mode == TRACE:
                gradient = select_equal(length, splat(f4(t + 1)), gradient, zero)
            store(lanes, raw + t * stride, gradient)
    return loss, wrong, largest, errors


@compiled
def _answer_real(trial: Struct, lanes: Floats, raw: int, target: int, weight: Vec) -> tuple[Vec, Vec, Vec, Vec]:
    """Raw outputs, with the squared error."""
    zero, one = splat(f4(0.0)), splat(f4(1.0))
    loss, wrong, largest, errors = zero, zero, zero, zero
    tolerance = splat(f4(trial.tolerance))
    for offset in range(0, trial.output_size * BLOCK, BLOCK):
        difference = load(lanes, raw + offset) - load(lanes, target + offset)
        error = absolute(difference)
        largest, errors = _larger(largest, error), errors + error
        wrong = select_less(tolerance, error, one, wrong)
        loss = loss + difference * difference
        gradient = splat(f4(2.0)) * difference * weight
        store(lanes, raw + offset, select_less(zero, weight, gradient, zero))
    return loss, wrong, largest, errors


@inlined
def _exponentiate(lanes: Floats, raw: int, size: int, highest: Vec) -> Vec:
    """Replace raw outputs x by exp(x - highest), and return their sum."""
    total = splat(f4(0.0))
    for offset in range(raw, raw + size * BLOCK, BLOCK):
        e = exp(load(lanes, offset) - highest)
        total = total + e
        store(lanes, offset, e)
    return total


@compiled
def store_outputs(trial: Struct, lanes: Floats, num_steps: int) -> None:
    """Store the outputs of the block's sequences where `trial.answers` says, (n, steps, K)."""
    size = trial.output_size
    steps = trial.max_length if trial.every_step else 1
    first = trial.block * BLOCK
    answers = float32_at(trial.answers, trial.batch_size * steps * size)
    for t in range(num_steps if trial.every_step else 1):
        raw = trial.raw + t * size * BLOCK
        for half in range(0, BLOCK, LANES):
            _to_outputs(trial, lanes, raw + half)
        for lane in range(min(BLOCK, trial.batch_size - first)):
            offset = ((first + lane) * steps + t) * size
            for k in range(size):
                answers[offset + k] = lanes[raw + k * BLOCK + lane]


@compiled
def _to_outputs(trial: Struct, lanes: Floats, raw: int) -> None:
    """Replace raw outputs by softmax for classes, the logistic function for bits."""
    size = trial.output_size
    if trial.kind == CLASS:
        highest = load(lanes, raw)
        for k in range(1, size):
            highest = _larger(highest, load(lanes, raw + k * BLOCK))
        scale = splat(f4(1.0)) / _exponentiate(lanes, raw, size, highest)
        for offset in range(raw, raw + size * BLOCK, BLOCK):
            store(lanes, offset, load(lanes, offset) * scale)
    elif trial.kind == BITS:
        for offset in range(raw, raw + size * BLOCK, BLOCK):
            store(lanes, offset, sigmoid(load(lanes, offset)))
