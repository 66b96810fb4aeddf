"""One of several classes: softmax, with cross-entropy or the squared distance to one-hot."""

from __future__ import annotations

import numpy as np

from seqmem.engines.fused.compiling import compiled, inlined
from seqmem.engines.fused.objectives.answering import answering, larger
from seqmem.engines.fused.objectives.objective import objective
from seqmem.engines.fused.simd.maths import exp, log
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.simd.types import Floats, Number, Struct, Vec
from seqmem.engines.fused.simd.vector import absolute, load, select_equal, select_less, splat, store
from seqmem.job.losses import SMOOTHED

f4 = np.float32


@compiled
def _answer_cross_entropy(
    trial: Struct, lanes: Floats, raw: int, target: int, weight: Vec
) -> tuple[Vec, Vec, Vec, Vec]:
    zero, one = splat(f4(0.0)), splat(f4(1.0))
    size, wanted = trial.output_size, load(lanes, target)
    highest, named, at_target = _find_highest(lanes, raw, size, wanted)
    total = _exponentiate(lanes, raw, size, highest)
    scale = one / total
    largest, errors = zero, zero
    for k in range(size):
        difference = load(lanes, raw + k * BLOCK) * scale - select_equal(wanted, splat(f4(k)), one, zero)
        error = absolute(difference)
        largest, errors = larger(largest, error), errors + error
        store(lanes, raw + k * BLOCK, select_less(zero, weight, difference * weight, zero))
    return log(total) - (at_target - highest), select_equal(named, wanted, zero, one), largest, errors


@compiled
def _answer_smoothed(trial: Struct, lanes: Floats, raw: int, target: int, weight: Vec) -> tuple[Vec, Vec, Vec, Vec]:
    """Cross-entropy with a share of the target spread over all classes; errors are those from the target itself."""
    zero, one = splat(f4(0.0)), splat(f4(1.0))
    size, wanted = trial.output_size, load(lanes, target)
    share = splat(f4(trial.label_smoothing / size))
    rest = splat(f4(1.0 - trial.label_smoothing))
    highest, named, at_target = _find_highest(lanes, raw, size, wanted)
    spread = zero
    for k in range(size):
        spread = spread + (load(lanes, raw + k * BLOCK) - highest)
    total = _exponentiate(lanes, raw, size, highest)
    scale = one / total
    largest, errors = zero, zero
    for k in range(size):
        p, one_hot = load(lanes, raw + k * BLOCK) * scale, select_equal(wanted, splat(f4(k)), one, zero)
        error = absolute(p - one_hot)
        largest, errors = larger(largest, error), errors + error
        gradient = (p - (one_hot * rest + share)) * weight
        store(lanes, raw + k * BLOCK, select_less(zero, weight, gradient, zero))
    loss = log(total) - rest * (at_target - highest) - share * spread
    return loss, select_equal(named, wanted, zero, one), largest, errors


@compiled
def _answer_squares(trial: Struct, lanes: Floats, raw: int, target: int, weight: Vec) -> tuple[Vec, Vec, Vec, Vec]:
    zero, one = splat(f4(0.0)), splat(f4(1.0))
    size, wanted = trial.output_size, load(lanes, target)
    highest, named, _ = _find_highest(lanes, raw, size, wanted)
    scale = one / _exponentiate(lanes, raw, size, highest)
    largest, errors, squares, mean = zero, zero, zero, zero
    for k in range(size):
        p = load(lanes, raw + k * BLOCK) * scale
        difference = p - select_equal(wanted, splat(f4(k)), one, zero)
        error = absolute(difference)
        largest, errors = larger(largest, error), errors + error
        squares = squares + difference * difference
        mean = mean + p * difference
        store(lanes, raw + k * BLOCK, p)
    for k in range(size):
        p = load(lanes, raw + k * BLOCK)
        difference = p - select_equal(wanted, splat(f4(k)), one, zero)
        gradient = splat(f4(2.0)) * p * (difference - mean) * weight
        store(lanes, raw + k * BLOCK, select_less(zero, weight, gradient, zero))
    return squares, select_equal(named, wanted, zero, one), largest, errors


@inlined
def _find_highest(lanes: Floats, raw: int, size: int, wanted: Vec) -> tuple[Vec, Vec, Vec]:
    """The highest raw output, the first class that has it, and the raw output of the class that is wanted."""
    highest, named, at_target = load(lanes, raw), splat(f4(0.0)), splat(f4(0.0))
    for k in range(size):
        x = load(lanes, raw + k * BLOCK)
        at_target = select_equal(wanted, splat(f4(k)), x, at_target)
        named = select_less(highest, x, splat(f4(k)), named)
        highest = larger(highest, x)
    return highest, named, at_target


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
def _to_softmax(trial: Struct, lanes: Floats, raw: int) -> None:
    size, highest = trial.output_size, load(lanes, raw)
    for k in range(1, size):
        highest = larger(highest, load(lanes, raw + k * BLOCK))
    scale = splat(f4(1.0)) / _exponentiate(lanes, raw, size, highest)
    for offset in range(raw, raw + size * BLOCK, BLOCK):
        store(lanes, offset, load(lanes, offset) * scale)


_answer_by_cross_entropy = answering(_answer_cross_entropy, _to_softmax)
_answer_by_smoothed = answering(_answer_smoothed, _to_softmax)
_answer_by_squares = answering(_answer_squares, _to_softmax)


@objective("class", "softmax", "cross_entropy", "kl")
def compare_cross_entropy(trial: Struct, lanes: Floats, num_steps: int, scale: Number) -> None:
    """Cross-entropy of softmax outputs."""
    _answer_by_cross_entropy(trial, lanes, num_steps, scale)


@objective("class", "softmax", SMOOTHED)
def compare_smoothed(trial: Struct, lanes: Floats, num_steps: int, scale: Number) -> None:
    """Cross-entropy of softmax outputs with smoothed labels."""
    _answer_by_smoothed(trial, lanes, num_steps, scale)


@objective("class", "softmax", "mse")
def compare_squares(trial: Struct, lanes: Floats, num_steps: int, scale: Number) -> None:
    """Squared distance of softmax outputs to one-hot."""
    _answer_by_squares(trial, lanes, num_steps, scale)
