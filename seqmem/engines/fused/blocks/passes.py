"""One block of sequences through a whole network, forwards and backwards."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import numpy as np

from seqmem.engines.fused.blocks.inputs import add_input_gradient, embed, first_symbol
from seqmem.engines.fused.blocks.readouts import answer_backward, answer_forward
from seqmem.engines.fused.blocks.recurrence import add_recurrent_gradient, memory_slot, run_backward, run_forward, slot
from seqmem.engines.fused.compiling import compiled, inlined, merged
from seqmem.engines.fused.memory import float64_at, read_integer
from seqmem.engines.fused.simd.look_up import ONE_HOT, Table, Text, add_table_gradient, store_one_hot
from seqmem.engines.fused.simd.products import Rows, clear
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.engines.fused.simd.vector import load, splat, store
from seqmem.engines.fused.steps.table import INITIAL, WIDTH

f4 = np.float32


@merged
def forward(
    attention: Struct,
    trial: Struct,
    layers: Struct,
    weights: Floats,
    lanes: Floats,
    symbols: Integers,
    num_steps: int,
) -> None:
    """From the block's inputs to its raw outputs."""
    if trial.embedding_size > 0:
        embed(trial, weights, lanes, symbols, num_steps)
    initial = trial.initial
    for layer in layers:
        initial = _set_initial(layer, lanes, initial, num_steps)
        run_forward(trial, layer, weights, lanes, symbols, num_steps)
    answer_forward(attention, trial, weights, lanes, symbols, num_steps)


@compiled
def _set_initial(layer: Struct, lanes: Floats, initial: int, num_steps: int) -> int:
    """Write a layer's initial states: zeros, drawn, or the cell's own; return where the next layer's are."""
    t = num_steps if layer.reverse else -1
    output, memory = slot(layer, t), memory_slot(layer, t)
    if layer.draws_initial:
        return _copy_drawn(layer, lanes, initial, output, memory)
    clear(lanes, output, layer.hidden_size)
    if layer.memory_rows > 0:
        clear(lanes, memory, layer.memory_rows)
    if not layer.starts_at_zero:
        _fill_initial(layer, lanes, output, memory)
    return initial


@compiled
def _copy_drawn(layer: Struct, lanes: Floats, initial: int, output: int, memory: int) -> int:
    first, size, rest = layer.output_first * BLOCK, layer.hidden_size * BLOCK, layer.memory_rows * BLOCK
    _copy(lanes, initial, memory, first)
    _copy(lanes, initial + first, output, size)
    _copy(lanes, initial + first + size, memory + first, rest - first)
    return initial + size + rest


@compiled
def _fill_initial(layer: Struct, lanes: Floats, output: int, memory: int) -> None:
    for number in range(read_integer(layer.table, INITIAL), read_integer(layer.table, INITIAL + 1), WIDTH):
        row = layer.table + 8 * number
        offset = (memory if read_integer(row, 0) else output) + read_integer(row, 1) * BLOCK
        value = splat(f4(float64_at(row + 24, 1)[0]))
        for i in range(0, read_integer(row, 2) * BLOCK, LANES):
            store(lanes, offset + i, value)


@inlined
def _copy(lanes: Floats, source: int, target: int, count: int) -> None:
    for i in range(0, count, LANES):
        store(lanes, target + i, load(lanes, source + i))


@merged
def backward(
    attention: Struct,
    trial: Struct,
    layers: Struct,
    weights: Floats,
    lanes: Floats,
    symbols: Integers,
    num_steps: int,
) -> None:
    """From the gradient of the block's raw outputs to that of all weights."""
    gradient = lanes[trial.gradient : trial.gradient + trial.num_weights]
    answer_backward(attention, trial, weights, lanes, symbols, gradient, num_steps)
    first = first_symbol(trial)
    if trial.num_symbols > 0 and trial.num_symbols <= ONE_HOT:
        store_one_hot(symbols, first, trial.num_symbols, lanes, trial.one_hot, num_steps)
    for index in range(len(layers) - 1, -1, -1):
        layer = layers[index]
        reached = run_backward(trial, layer, weights, lanes, symbols, num_steps)
        add_recurrent_gradient(layer, lanes, reached, num_steps, gradient, trial.scratch)
        add_input_gradient(trial, layer, weights, lanes, symbols, reached, num_steps, gradient)
    if trial.embedding_size > 0:
        size, text = trial.embedding_size, Text(symbols, first, trial.one_hot)
        table, y = (
            Table(gradient, 0, size, 1, trial.num_symbols, size),
            Rows(trial.embedded_gradient, size, size * BLOCK),
        )
        add_table_gradient(table, lanes, y, text, num_steps, trial.scratch)
