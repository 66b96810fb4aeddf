"""Long short-term memory; see `seqmem.cells.lstm` for the equations.

Rows kept for each step: the gates i, f, g, o, and tanh c.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqmem.engines.fused.blocks.recurrence import register
from seqmem.engines.fused.compiling import inlined
from seqmem.engines.fused.simd.maths import sigmoid, tanh
from seqmem.engines.fused.simd.products import accumulate_two, multiply_transposed
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.tile import load_rows
from seqmem.engines.fused.simd.types import Floats, Struct, Vec
from seqmem.engines.fused.simd.vector import load, multiply_add, splat, store

f4 = np.float32


class LSTM(NamedTuple):
    """What the program must know of the cell; see `rnn.RNN`."""

    gates: int = 4
    shared: int = 4
    stored: int = 5
    states: int = 2


@inlined
def _finish(
    lanes: Floats, i: Vec, f: Vec, g: Vec, o: Vec, gates: int, stride: int, c_before: int, c_after: int, after: int
) -> None:
    """From the arguments of the gates to the new state, for one vector; keep what `backward` needs."""
    i, f, g, o = sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)
    c = multiply_add(f, load(lanes, c_before), i * g)
    tanh_c = tanh(c)
    store(lanes, gates, i)
    store(lanes, gates + stride, f)
    store(lanes, gates + 2 * stride, g)
    store(lanes, gates + 3 * stride, o)
    store(lanes, gates + 4 * stride, tanh_c)
    store(lanes, c_after, c)
    store(lanes, after, o * tanh_c)


def forward(cell: Struct, layer: Struct, weights: Floats, lanes: Floats, gates: int, before: int, after: int) -> None:
    """See `recurrence.forward_step`."""
    hidden_size, second_state = layer.hidden_size, layer.second_state
    gate = hidden_size * hidden_size  # from one gate's weights to the next
    stride = hidden_size * BLOCK
    for unit in range(0, hidden_size, 2):
        row = gates + unit * BLOCK
        a, b = load_rows(4, lanes, row, stride), load_rows(4, lanes, row + BLOCK, stride)
        weight = layer.weight_hh + unit * hidden_size
        a, b = accumulate_two(a, b, weights, weight, weight + hidden_size, gate, lanes, before, hidden_size)
        y = unit * BLOCK
        c_before, c_after, new = before + second_state + y, after + second_state + y, after + y
        _finish(lanes, a[0], a[2], a[4], a[6], row, stride, c_before, c_after, new)
        _finish(lanes, a[1], a[3], a[5], a[7], row + LANES, stride, c_before + LANES, c_after + LANES, new + LANES)
        if unit + 1 < hidden_size:
            row, c_before, c_after, new = row + BLOCK, c_before + BLOCK, c_after + BLOCK, new + BLOCK
            _finish(lanes, b[0], b[2], b[4], b[6], row, stride, c_before, c_after, new)
            _finish(lanes, b[1], b[3], b[5], b[7], row + LANES, stride, c_before + LANES, c_after + LANES, new + LANES)


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
    c_before, c_carry = before + layer.second_state, carry + stride
    one = splat(f4(1.0))
    for place in range(0, stride, LANES):
        row = gates + place
        i, f, g, o = (
            load(lanes, row),
            load(lanes, row + stride),
            load(lanes, row + 2 * stride),
            load(lanes, row + 3 * stride),
        )
        tanh_c, gradient = load(lanes, row + 4 * stride), load(lanes, carry + place)
        c_gradient = multiply_add(gradient * o, one - tanh_c * tanh_c, load(lanes, c_carry + place))
        store(lanes, row, c_gradient * g * i * (one - i))
        store(lanes, row + stride, c_gradient * load(lanes, c_before + place) * f * (one - f))
        store(lanes, row + 2 * stride, c_gradient * i * (one - g * g))
        store(lanes, row + 3 * stride, gradient * tanh_c * o * (one - o))
        store(lanes, c_carry + place, c_gradient * f)
    if proceed:
        multiply_transposed(weights, layer.weight_hh, 4 * hidden_size, hidden_size, lanes, gates, carry, False)


register(LSTM, forward, backward)
