"""The simple recurrent network, tanh or ReLU; see `seqmem.cells.rnn` for the equations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqmem.engines.fused.blocks.recurrence import register
from seqmem.engines.fused.simd.maths import relu, tanh
from seqmem.engines.fused.simd.products import TILE_ROWS, accumulate, multiply_transposed
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.tile import load_rows, store_rows
from seqmem.engines.fused.simd.types import Floats, Struct
from seqmem.engines.fused.simd.vector import load, select_less, splat, store

f4 = np.float32


class RNN(NamedTuple):
    """What the program must know of the cell; sizes in multiples of hidden_size.

    gates: Rows of the input weights.
    shared: Rows whose gradient is the same for input and recurrent weights.
    stored: Rows kept for each step.
    states: Rows of state.
    """

    gates: int = 1
    shared: int = 1
    stored: int = 1
    states: int = 1


def forward(cell: Struct, layer: Struct, weights: Floats, lanes: Floats, gates: int, before: int, after: int) -> None:
    """See `recurrence.forward_step`."""
    hidden_size, weight_hh = layer.hidden_size, layer.weight_hh
    for row in range(0, hidden_size, TILE_ROWS):
        tile = load_rows(TILE_ROWS, lanes, gates + row * BLOCK, BLOCK)
        tile = accumulate(tile, weights, weight_hh + row * hidden_size, hidden_size, 1, lanes, before, hidden_size)
        store_rows(tile, lanes, after + row * BLOCK, hidden_size - row)
    if layer.relu:
        for place in range(after, after + hidden_size * BLOCK, LANES):
            store(lanes, place, relu(load(lanes, place)))
    else:
        for place in range(after, after + hidden_size * BLOCK, LANES):
            store(lanes, place, tanh(load(lanes, place)))


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
    zero, one = splat(f4(0.0)), splat(f4(1.0))
    for place in range(0, hidden_size * BLOCK, LANES):
        h, gradient = load(lanes, after + place), load(lanes, carry + place)
        slope = select_less(zero, h, one, zero) if layer.relu else one - h * h
        store(lanes, gates + place, gradient * slope)
    if proceed:
        multiply_transposed(weights, layer.weight_hh, hidden_size, hidden_size, lanes, gates, carry, False)


register(RNN, forward, backward)
