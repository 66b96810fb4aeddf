"""Bits and real numbers: each output by itself, with the squared error or the cross-entropy of bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqmem.engines.fused.compiling import compiled, inlined
from seqmem.engines.fused.objectives.answering import answering, larger
from seqmem.engines.fused.objectives.objective import objective
from seqmem.engines.fused.simd.maths import log1p_exp, sigmoid, tanh
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.simd.types import Floats, Number, Struct, Vec
from seqmem.engines.fused.simd.vector import absolute, load, select_less, splat, store

f4 = np.float32


# Output functions, and how a gradient of an output p becomes that of the raw one.


@inlined
def _keep(x: Vec) -> Vec:
    return x


@inlined
def _keep_gradient(gradient: Vec, p: Vec) -> Vec:
    return gradient


@inlined
def _pass_logistic(gradient: Vec, p: Vec) -> Vec:
    return gradient * p * (splat(f4(1.0)) - p)


@inlined
def _pass_tanh(gradient: Vec, p: Vec) -> Vec:
    return gradient * (splat(f4(1.0)) - p * p)


# When a number is wrong.


@inlined
def is_wrong_bit(trial: Struct, p: Vec, wanted: Vec) -> Vec:
    """1 where an output is on the other side of one half than its bit, else 0."""
    zero, one, half = splat(f4(0.0)), splat(f4(1.0)), splat(f4(0.5))
    differs = select_less(half, p, one, zero) - select_less(half, wanted, one, zero)
    return differs * differs


@inlined
def _is_off(trial: Struct, p: Vec, wanted: Vec) -> Vec:
    return select_less(splat(f4(trial.tolerance)), absolute(p - wanted), splat(f4(1.0)), splat(f4(0.0)))


def _squaring(output: Any, through: Any, is_wrong: Any) -> Any:
    """Compares by the squared error of the outputs by a function; the gradient is passed `through` it."""

    @compiled
    def answer(trial: Struct, lanes: Floats, raw: int, target: int, weight: Vec) -> tuple[Vec, Vec, Vec, Vec]:
        zero = splat(f4(0.0))
        loss, wrong, largest, errors = zero, zero, zero, zero
        for offset in range(0, trial.output_size * BLOCK, BLOCK):
            p, wanted = output(load(lanes, raw + offset)), load(lanes, target + offset)
            difference = p - wanted
            error = absolute(difference)
            largest, errors = larger(largest, error), errors + error
            wrong = larger(wrong, is_wrong(trial, p, wanted))
            loss = loss + difference * difference
            gradient = through(splat(f4(2.0)) * difference, p) * weight
            store(lanes, raw + offset, select_less(zero, weight, gradient, zero))
        return loss, wrong, largest, errors

    return answer


@compiled
def _answer_bits(trial: Struct, lanes: Floats, raw: int, target: int, weight: Vec) -> tuple[Vec, Vec, Vec, Vec]:
    zero = splat(f4(0.0))
    loss, wrong, largest, errors = zero, zero, zero, zero
    for offset in range(0, trial.output_size * BLOCK, BLOCK):
        x, wanted = load(lanes, raw + offset), load(lanes, target + offset)
        p = sigmoid(x)
        difference = p - wanted
        error = absolute(difference)
        largest, errors = larger(largest, error), errors + error
        wrong = larger(wrong, is_wrong_bit(trial, p, wanted))
        loss = loss + larger(x, zero) - x * wanted + log1p_exp(zero - absolute(x))
        store(lanes, raw + offset, select_less(zero, weight, difference * weight, zero))
    return loss, wrong, largest, errors


@compiled
def to_logistic(trial: Struct, lanes: Floats, raw: int) -> None:
    """Replace raw outputs by the logistic function of them."""
    for offset in range(raw, raw + trial.output_size * BLOCK, BLOCK):
        store(lanes, offset, sigmoid(load(lanes, offset)))


@compiled
def _to_tanh(trial: Struct, lanes: Floats, raw: int) -> None:
    for offset in range(raw, raw + trial.output_size * BLOCK, BLOCK):
        store(lanes, offset, tanh(load(lanes, offset)))


@compiled
def to_identity(trial: Struct, lanes: Floats, raw: int) -> None:
    """Leave raw outputs as they are."""


_answer_bits_by_entropy = answering(_answer_bits, to_logistic)
_answer_bits_by_squares = answering(_squaring(sigmoid, _pass_logistic, is_wrong_bit), to_logistic)
_answer_identity = answering(_squaring(_keep, _keep_gradient, _is_off), to_identity)
_answer_logistic = answering(_squaring(sigmoid, _pass_logistic, _is_off), to_logistic)
_answer_tanh = answering(_squaring(tanh, _pass_tanh, _is_off), _to_tanh)


@objective("bits", "logistic", "bce")
def compare_bits(trial: Struct, lanes: Floats, num_steps: int, scale: Number) -> None:
    """Binary cross-entropy of logistic outputs."""
    _answer_bits_by_entropy(trial, lanes, num_steps, scale)


@objective("bits", "logistic", "mse")
def compare_bits_squared(trial: Struct, lanes: Floats, num_steps: int, scale: Number) -> None:
    """Squared error of logistic outputs, which are right on the right side of one half."""
    _answer_bits_by_squares(trial, lanes, num_steps, scale)


@objective("real", "identity", "mse")
def compare_identity(trial: Struct, lanes: Floats, num_steps: int, scale: Number) -> None:
    """Squared error of the raw outputs."""
    _answer_identity(trial, lanes, num_steps, scale)


@objective("real", "logistic", "mse")
def compare_logistic(trial: Struct, lanes: Floats, num_steps: int, scale: Number) -> None:
    """Squared error of logistic outputs, which are right within the tolerance."""
    _answer_logistic(trial, lanes, num_steps, scale)


@objective("real", "tanh", "mse")
def compare_tanh(trial: Struct, lanes: Floats, num_steps: int, scale: Number) -> None:
    """Squared error of outputs by the hyperbolic tangent."""
    _answer_tanh(trial, lanes, num_steps, scale)
