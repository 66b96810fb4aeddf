"""One block of sequences through a whole network, forwards and backwards."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from seqmem.engines.fused.blocks.inputs import add_input_gradient, embed, first_symbol
from seqmem.engines.fused.blocks.readouts import answer_backward, answer_forward
from seqmem.engines.fused.blocks.recurrence import add_recurrent_gradient, run_backward, run_forward, slot
from seqmem.engines.fused.compiling import compiled, merged
from seqmem.engines.fused.simd.look_up import ONE_HOT, Table, Text, add_table_gradient, store_one_hot
from seqmem.engines.fused.simd.products import Rows, clear
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.engines.fused.simd.vector import load, store


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
    """Write a layer's initial states, drawn or zero; return where the next layer's are."""
    offset = slot(layer, num_steps if layer.reverse else -1)
    for _ in range(layer.num_states):
        if layer.draws_initial:
            for i in range(0, layer.hidden_size * BLOCK, LANES):
                store(lanes, offset + i, load(lanes, initial + i))
            initial += layer.hidden_size * BLOCK
        else:
            clear(lanes, offset, layer.hidden_size)
        offset += layer.second_state
    return initial


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
    gradient = lanes[trial.gradient : trial.gradient + trial.num_parameters]
    answer_backward(attention, trial, weights, lanes, symbols, gradient, num_steps)
    first = first_symbol(trial)
    if trial.num_symbols > 0 and trial.num_symbols <= ONE_HOT:
        store_one_hot(symbols, first, trial.num_symbols, lanes, trial.one_hot, num_steps)
    for index in range(len(layers) - 1, -1, -1):
        layer = layers[index]
        run_backward(trial, layer, weights, lanes, symbols, num_steps)
        add_recurrent_gradient(layer, lanes, num_steps, gradient, trial.scratch)
        add_input_gradient(trial, layer, weights, lanes, symbols, num_steps, gradient)
    if trial.embedding_size > 0:
        size, text = trial.embedding_size, Text(symbols, first, trial.one_hot)
        table, y = (
            Table(gradient, 0, size, 1, trial.num_symbols, size),
            Rows(trial.embedded_gradient, size, size * BLOCK),
        )
        add_table_gradient(table, lanes, y, text, num_steps, trial.scratch)
