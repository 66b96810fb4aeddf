"""Attention by products with the last output; see `seqmem.job.attention` for the equations.

What the readout reads is the query, and behind it the context. With the gradient c' of the
context and d_i = c' . h_i, that of a score is s_i' = alpha_i (d_i - c' . context), that of an
output alpha_i c' + s_i' q, and that of the query the sum of s_i' h_i.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqmem.engines.fused.blocks.attention import register
from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.simd.maths import exp
from seqmem.engines.fused.simd.products import clear
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.types import Floats, Integers, Struct, Vec
from seqmem.engines.fused.simd.vector import load, multiply_add, select_equal, select_less, splat, store

f4 = np.float32


class DotAttention(NamedTuple):
    """A row of weights is kept for each step."""


def forward(attention: Struct, trial: Struct, lanes: Floats, symbols: Integers, num_steps: int) -> None:
    """See `attention.attend_forward`."""
    width, context = trial.outputs_width, trial.features + trial.outputs_width * BLOCK
    clear(lanes, context, width)
    for half in range(0, BLOCK, LANES):
        _weigh_steps(trial, lanes, half, num_steps)
    for t in range(num_steps):
        output = trial.first_outputs + t * width * BLOCK
        left = load(lanes, trial.attention + t * BLOCK)
        right = load(lanes, trial.attention + t * BLOCK + LANES)
        for row in range(0, width * BLOCK, BLOCK):
            offset = context + row
            store(lanes, offset, multiply_add(left, load(lanes, output + row), load(lanes, offset)))
            offset += LANES
            store(lanes, offset, multiply_add(right, load(lanes, output + row + LANES), load(lanes, offset)))


@compiled
def _weigh_steps(trial: Struct, lanes: Floats, half: int, num_steps: int) -> None:
    """Set the weights of the steps, softmax of their scores; a lane without a sequence has one step."""
    zero, one = splat(f4(0.0)), splat(f4(1.0))
    weights, stride = trial.attention + half, trial.outputs_width * BLOCK
    length = load(lanes, trial.lengths + half)
    length = select_less(length, one, one, length)
    highest = splat(f4(-np.inf))
    for t in range(num_steps):
        score = _multiply_rows(lanes, trial.picked + half, trial.first_outputs + t * stride + half, stride)
        store(lanes, weights + t * BLOCK, score)
        larger = select_less(highest, score, score, highest)
        highest = select_less(splat(f4(t)), length, larger, highest)
    total = zero
    for t in range(num_steps):
        weight = exp(load(lanes, weights + t * BLOCK) - highest)
        weight = select_less(splat(f4(t)), length, weight, zero)
        total = total + weight
        store(lanes, weights + t * BLOCK, weight)
    for t in range(num_steps):
        store(lanes, weights + t * BLOCK, load(lanes, weights + t * BLOCK) / total)


@compiled
def _multiply_rows(lanes: Floats, x: int, y: int, size: int) -> Vec:
    """The sum over rows of x y, lane by lane."""
    total = splat(f4(0.0))
    for row in range(0, size, BLOCK):
        total = multiply_add(load(lanes, x + row), load(lanes, y + row), total)
    return total


def backward(attention: Struct, trial: Struct, lanes: Floats, symbols: Integers, num_steps: int) -> None:
    """See `attention.attend_backward`."""
    for half in range(0, BLOCK, LANES):
        _attend_back(trial, lanes, half, num_steps)
    size, last = trial.outputs_width * BLOCK, trial.ends_at_first * BLOCK
    query = trial.features_gradient
    for t in range(num_steps):
        if symbols[trial.ends + t] > 0:
            end, gradient = splat(f4(t + 1)), trial.outputs_gradient + t * size
            for row in range(0, last, LANES):
                length, old = load(lanes, trial.lengths + row % BLOCK), load(lanes, gradient + row)
                store(lanes, gradient + row, select_equal(length, end, old + load(lanes, query + row), old))
    for row in range(last, size, LANES):
        offset = trial.outputs_gradient + row
        store(lanes, offset, load(lanes, offset) + load(lanes, query + row))


@compiled
def _attend_back(trial: Struct, lanes: Floats, half: int, num_steps: int) -> None:
    """Set the outputs' gradient, but for the query's, which is added up behind that of the readout."""
    size = trial.outputs_width * BLOCK
    query, query_gradient = trial.features + half, trial.features_gradient + half
    context, context_gradient = query + size, query_gradient + size
    mean = _multiply_rows(lanes, context, context_gradient, size)
    for t in range(num_steps):
        output, gradient = trial.first_outputs + t * size + half, trial.outputs_gradient + t * size + half
        weight = load(lanes, trial.attention + t * BLOCK + half)
        score = weight * (_multiply_rows(lanes, output, context_gradient, size) - mean)
        for row in range(0, size, BLOCK):
            h, summed = load(lanes, output + row), load(lanes, query_gradient + row)
            back = multiply_add(score, load(lanes, query + row), weight * load(lanes, context_gradient + row))
            store(lanes, gradient + row, back)
            store(lanes, query_gradient + row, multiply_add(score, h, summed))


register(DotAttention, forward, backward)
