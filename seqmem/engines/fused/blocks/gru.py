"""The gated recurrent unit; see `seqmem.cells.gru` for the equations.

Rows kept for each step: the gates r, z, n, and s = W_hn h + b_hn, which r multiplies. As
gradients: of the arguments of r, z, n, and of s.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqmem.engines.fused.blocks.recurrence import register
from seqmem.engines.fused.compiling import inlined
from seqmem.engines.fused.simd.maths import sigmoid, tanh
from seqmem.engines.fused.simd.products import accumulate_two, multiply_transposed
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.tile import load_rows, splat_rows
from seqmem.engines.fused.simd.types import Floats, Struct, Vec
from seqmem.engines.fused.simd.vector import load, multiply_add, splat, store

f4 = np.float32


class GRU(NamedTuple):
    """What the program must know of the cell; see `rnn.RNN`."""

    gates: int = 3
    shared: int = 2
    stored: int = 4
    states: int = 1


@inlined
def _finish(lanes: Floats, r: Vec, z: Vec, s: Vec, gates: int, stride: int, before: int, after: int) -> None:
    """From the arguments of the gates to the new state, for one vector; keep what `backward` needs."""
    r, z = sigmoid(r), sigmoid(z)
    n = tanh(multiply_add(r, s, load(lanes, gates + 2 * stride)))
    h = load(lanes, before)
    store(lanes, gates, r)
    store(lanes, gates + stride, z)
    store(lanes, gates + 2 * stride, n)
    store(lanes, gates + 3 * stride, s)
    store(lanes, after, multiply_add(z, h - n, n))


def forward(cell: Struct, layer: Struct, weights: Floats, lanes: Floats, gates: int, before: int, after: int) -> None:
    """See `recurrence.forward_step`."""
    hidden_size = layer.hidden_size
    gate = hidden_size * hidden_size  # from one gate's weights to the next
    stride = hidden_size * BLOCK
    bias = layer.bias_hh + 2 * hidden_size
    for unit in range(0, hidden_size, 2):
        row = gates + unit * BLOCK
        a = load_rows(2, lanes, row, stride) + splat_rows(1, weights, bias + unit, 1)  # r, z, s
        b = load_rows(2, lanes, row + BLOCK, stride) + splat_rows(1, weights, bias + unit + 1, 1)
        weight = layer.weight_hh + unit * hidden_size
        a, b = accumulate_two(a, b, weights, weight, weight + hidden_size, gate, lanes, before, hidden_size)
        old, new = before + unit * BLOCK, after + unit * BLOCK
        _finish(lanes, a[0], a[2], a[4], row, stride, old, new)
        _finish(lanes, a[1], a[3], a[5], row + LANES, stride, old + LANES, new + LANES)
        if unit + 1 < hidden_size:
            row, old, new = row + BLOCK, old + BLOCK, new + BLOCK
            _finish(lanes, b[0], b[2], b[4], row, stride, old, new)
            _finish(lanes, b[1], b[3], b[5], row + LANES, stride, old + LANES, new + LANES)


def backward(
    cell: Struct,
    layer: Struct,
    weights: Floats,
    lanes: Floats,
    gates: int,
    before: int,
    after: int,
    carry: int,
    proceed: bool,
) -> None:
    """See `recurrence.backward_step`."""
    hidden_size = layer.hidden_size
    stride = hidden_size * BLOCK
    one = splat(f4(1.0))
    for place in range(0, stride, LANES):
        row = gates + place
        r, z, n, s = (
            load(lanes, row),
            load(lanes, row + stride),
            load(lanes, row + 2 * stride),
            load(lanes, row + 3 * stride),
        )
        h, gradient = load(lanes, before + place), load(lanes, carry + place)
        n_gradient = gradient * (one - z) * (one - n * n)
        store(lanes, row, n_gradient * s * r * (one - r))
        store(lanes, row + stride, gradient * (h - n) * z * (one - z))
        store(lanes, row + 2 * stride, n_gradient)
        store(lanes, row + 3 * stride, n_gradient * r)
        store(lanes, carry + place, gradient * z)
    if proceed:
        weight, shared = layer.weight_hh, 2 * hidden_size
        multiply_transposed(weights, weight, shared, hidden_size, lanes, gates, carry, True)
        own = weight + shared * hidden_size
        multiply_transposed(weights, own, hidden_size, hidden_size, lanes, gates + 3 * stride, carry, True)


register(GRU, forward, backward)
