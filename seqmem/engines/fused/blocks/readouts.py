"""What of the top layer is read, and the linear map that makes raw outputs of it.

An attention stands between the two, where there is one.
"""

from __future__ import annotations

import numpy as np

from seqmem.engines.fused.blocks.attention import attend_backward, attend_forward
from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.memory import address_of
from seqmem.engines.fused.simd.products import (
    BIASED,
    PLAIN,
    Matrix,
    Rows,
    Start,
    add_row_sums,
    add_weight_gradient,
    clear,
    multiply,
    multiply_transposed,
)
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.engines.fused.simd.vector import load, select_equal, splat, store

f4 = np.float32


@compiled
def answer_forward(
    attention: Struct, trial: Struct, weights: Floats, lanes: Floats, symbols: Integers, num_steps: int
) -> None:
    """Set the block's raw outputs, at every step or at the end."""
    width, size = trial.features_width, trial.output_size
    steps = num_steps
    if not trial.every_step:
        steps = 1
        _pick_end(trial, lanes, symbols, num_steps)
        attend_forward(attention, trial, lanes, symbols, num_steps)
    for t in range(steps):
        x, raw = trial.features + t * trial.features_stride, trial.raw + t * size * BLOCK
        if trial.has_readout:
            weights_at = address_of(weights)
            w = Matrix(weights_at, trial.readout_weight, width, size, width)
            multiply(w, Start(BIASED, weights_at, trial.readout_bias), address_of(lanes), x, raw)
        else:
            _copy(lanes, x, raw, width)


@compiled
def answer_backward(
    attention: Struct,
    trial: Struct,
    weights: Floats,
    lanes: Floats,
    symbols: Integers,
    gradient: Floats,
    num_steps: int,
) -> None:
    """From the gradient of the raw outputs to that of the readout and of the top layer's outputs."""
    width, size = trial.features_width, trial.output_size
    steps = num_steps if trial.every_step else 1
    for t in range(steps):
        raw, x = trial.raw + t * size * BLOCK, trial.features_gradient + t * width * BLOCK
        if trial.has_readout:
            w = Matrix(address_of(weights), trial.readout_weight, width, width, size)
            multiply_transposed(w, Start(PLAIN, 0, 0), address_of(lanes), raw, x)
        else:
            _copy(lanes, raw, x, width)
    if trial.has_readout:
        y, features = Rows(trial.raw, size, size * BLOCK), Rows(trial.features, width, trial.features_stride)
        add_weight_gradient(lanes, y, features, 0, steps, gradient, trial.readout_weight, width, trial.scratch)
        add_row_sums(lanes, y, 0, steps, gradient, trial.readout_bias)
    attend_backward(attention, trial, lanes, symbols, num_steps)


@compiled
def _pick_end(trial: Struct, lanes: Floats, symbols: Integers, num_steps: int) -> None:
    """Pick each sequence's output at its last step; rows from `ends_at_first` on at the first one."""
    width = trial.outputs_width
    last = trial.ends_at_first * BLOCK
    clear(lanes, trial.picked, width)  # lanes without a sequence stay zero
    for t in range(num_steps):
        if symbols[trial.ends + t] > 0:
            outputs, end = trial.first_outputs + t * width * BLOCK, splat(f4(t + 1))
            for offset in range(0, last, LANES):
                length, picked = load(lanes, trial.lengths + offset % BLOCK), load(lanes, trial.picked + offset)
                store(lanes, trial.picked + offset, select_equal(length, end, load(lanes, outputs + offset), picked))
    for offset in range(last, width * BLOCK, LANES):
        store(lanes, trial.picked + offset, load(lanes, trial.first_outputs + offset))


@compiled
def _copy(lanes: Floats, source: int, target: int, rows: int) -> None:
    for offset in range(0, rows * BLOCK, LANES):
        store(lanes, target + offset, load(lanes, source + offset))
