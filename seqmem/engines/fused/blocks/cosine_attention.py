"""Attention by cosines with the symbols; see `seqmem.job.attention` for the equations.

A step's weight depends on its symbol alone: with n_v steps of symbol v, e = q / |q| and s =
sigmoid(e), the context's number of v is n_v s_v / sum n_u s_u. With the gradient c' of the
context, that of e_v is e_v' = n_v s_v (1 - s_v) (c_v' - c' . context) / sum n_u s_u, and that
of the query (e' - e (e . e')) / |q|.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqmem.engines.fused.blocks.attention import register
from seqmem.engines.fused.blocks.inputs import first_symbol
from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.simd.maths import sigmoid
from seqmem.engines.fused.simd.products import clear
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.types import Floats, Integers, Struct, Vec
from seqmem.engines.fused.simd.vector import load, multiply_add, select_less, splat, square_root, store

f4 = np.float32

SMALLEST = 1e-8  # norm that a query is divided by, as in torch's cosine_similarity


class CosineAttention(NamedTuple):
    """A row is kept for each symbol: how often each sequence has it."""


def forward(attention: Struct, trial: Struct, lanes: Floats, symbols: Integers, num_steps: int) -> None:
    """See `attention.attend_forward`."""
    _count_symbols(trial, lanes, symbols, num_steps)
    size = trial.num_symbols * BLOCK
    for half in range(0, BLOCK, LANES):
        query, counts, context = trial.picked + half, trial.attention + half, trial.features + half
        norm = _find_norm(lanes, query, size)
        total = splat(f4(0.0))
        for row in range(0, size, BLOCK):
            share = load(lanes, counts + row) * sigmoid(load(lanes, query + row) / norm)
            total = total + share
            store(lanes, context + row, share)
        total = _without_zero(total)
        for row in range(0, size, BLOCK):
            store(lanes, context + row, load(lanes, context + row) / total)


@compiled
def _count_symbols(trial: Struct, lanes: Floats, symbols: Integers, num_steps: int) -> None:
    """Count how often each sequence has each symbol."""
    clear(lanes, trial.attention, trial.num_symbols)
    first = first_symbol(trial)
    for lane in range(BLOCK):
        for t in range(min(num_steps, int(lanes[trial.lengths + lane]))):
            lanes[trial.attention + symbols[first + t * BLOCK + lane] * BLOCK + lane] += f4(1.0)


@compiled
def _find_norm(lanes: Floats, x: int, size: int) -> Vec:
    squares, smallest = splat(f4(0.0)), splat(f4(SMALLEST))
    for row in range(0, size, BLOCK):
        squares = multiply_add(load(lanes, x + row), load(lanes, x + row), squares)
    norm = square_root(squares)
    return select_less(norm, smallest, smallest, norm)


@compiled
def _without_zero(total: Vec) -> Vec:
    """One where a lane has no sequence, whose weights are all zero."""
    one = splat(f4(1.0))
    return select_less(total, splat(f4(SMALLEST)), one, total)


def backward(attention: Struct, trial: Struct, lanes: Floats, symbols: Integers, num_steps: int) -> None:
    """See `attention.attend_backward`."""
    zero, one, size = splat(f4(0.0)), splat(f4(1.0)), trial.num_symbols * BLOCK
    for half in range(0, BLOCK, LANES):
        query, counts, context = trial.picked + half, trial.attention + half, trial.features + half
        context_gradient, gradient = trial.features_gradient + half, trial.outputs_gradient + half
        norm = _find_norm(lanes, query, size)
        total, mean, along = zero, zero, zero
        for row in range(0, size, BLOCK):
            total = multiply_add(load(lanes, counts + row), sigmoid(load(lanes, query + row) / norm), total)
            mean = multiply_add(load(lanes, context + row), load(lanes, context_gradient + row), mean)
        total = _without_zero(total)
        for row in range(0, size, BLOCK):
            cosine = load(lanes, query + row) / norm
            weight = sigmoid(cosine)
            slope = load(lanes, counts + row) * weight * (one - weight)
            back = slope * (load(lanes, context_gradient + row) - mean) / total
            along = multiply_add(cosine, back, along)
            store(lanes, gradient + row, back)
        for row in range(0, size, BLOCK):
            cosine = load(lanes, query + row) / norm
            store(lanes, gradient + row, (load(lanes, gradient + row) - cosine * along) / norm)


register(CosineAttention, forward, backward)
