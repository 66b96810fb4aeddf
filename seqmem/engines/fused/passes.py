"""One block of sequences through a whole network, forwards and backwards."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from seqmem.engines.fused.compiling import compiled, inlined, merged
from seqmem.engines.fused.kinds import Floats, Integers, Record
from seqmem.engines.fused.look_up import ONE_HOT, add_table_gradient, look_up, write_one_hot
from seqmem.engines.fused.products import add_row_sums, add_weight_gradient, clear, multiply, multiply_transposed
from seqmem.engines.fused.readouts import answer_backward, answer_forward
from seqmem.engines.fused.records import FEATURES
from seqmem.engines.fused.recurrence import add_recurrent_gradient, run_backward, run_forward, slot
from seqmem.engines.fused.target import BLOCK, LANES
from seqmem.engines.fused.vector import load, store


@merged
def forward(
    cell: Record,
    trial: Record,
    layers: Record,
    weights: Floats,
    lanes: Floats,
    symbols: Integers,
    block: int,
    num_steps: int,
) -> None:
    """From the block's inputs to its raw outputs."""
    first = block * trial.max_length * BLOCK  # of the block's symbols
    if trial.embedding_size > 0:
        size = trial.embedding_size
        look_up(
            weights, 0, 1, size, trial.num_symbols, symbols, first,
            -1, lanes, trial.embedded, size * BLOCK, size, num_steps,
        )  # fmt: skip
    ends = symbols[trial.ends :]
    initial = trial.initial
    for layer in layers:
        _read_input(cell, trial, layer, weights, lanes, symbols, block, num_steps)
        initial = _set_initial(cell, layer, lanes, initial, num_steps)
        run_forward(cell, layer, weights, lanes, ends, num_steps)
    answer_forward(trial, weights, lanes, ends, num_steps)


@compiled
def _read_input(
    cell: Record,
    trial: Record,
    layer: Record,
    weights: Floats,
    lanes: Floats,
    symbols: Integers,
    block: int,
    num_steps: int,
) -> None:
    """The input's part of a layer's gates, at all steps."""
    rows, size = cell.gates * layer.hidden_size, layer.input_size
    stride = layer.gates_width * BLOCK
    if layer.input_kind != FEATURES:
        first = block * trial.max_length * BLOCK
        look_up(
            weights, layer.weight_ih, size, 1, size, symbols, first,
            layer.bias, lanes, layer.gates, stride, rows, num_steps,
        )  # fmt: skip
        return
    x = _input(trial, layer, block)
    for t in range(num_steps):
        gates = layer.gates + t * stride
        multiply(weights, layer.weight_ih, rows, size, lanes, layer.bias, lanes, x + t * size * BLOCK, gates)


@inlined
def _input(trial: Record, layer: Record, block: int) -> int:
    """Offset of the features that a layer reads."""
    if trial.num_features > 0 and layer.input == trial.batch_inputs:
        return layer.input + block * trial.max_length * trial.num_features * BLOCK
    return layer.input


@compiled
def _set_initial(cell: Record, layer: Record, lanes: Floats, initial: int, num_steps: int) -> int:
    """Write a layer's initial states, drawn or zero; return where the next layer's are."""
    place = slot(layer, num_steps if layer.reverse else -1)
    for _ in range(cell.states):
        if layer.draws_initial:
            for i in range(0, layer.hidden_size * BLOCK, LANES):
                store(lanes, place + i, load(lanes, initial + i))
            initial += layer.hidden_size * BLOCK
        else:
            clear(lanes, place, layer.hidden_size)
        place += layer.second_state
    return initial


@merged
def backward(
    cell: Record,
    trial: Record,
    layers: Record,
    weights: Floats,
    lanes: Floats,
    symbols: Integers,
    block: int,
    num_steps: int,
) -> None:
    """From the gradient of the block's raw outputs to that of all weights."""
    first = block * trial.max_length * BLOCK
    gradient = lanes[trial.gradient : trial.gradient + trial.num_parameters]
    ends = symbols[trial.ends :]
    answer_backward(trial, weights, lanes, gradient, num_steps)
    if trial.num_symbols > 0 and trial.num_symbols <= ONE_HOT:
        write_one_hot(symbols, first, trial.num_symbols, lanes, trial.one_hot, num_steps)
    for place in range(len(layers) - 1, -1, -1):
        layer = layers[place]
        run_backward(cell, layer, weights, lanes, ends, num_steps)
        add_recurrent_gradient(cell, layer, lanes, num_steps, gradient, trial.scratch)
        _add_input_gradient(cell, trial, layer, weights, lanes, symbols, block, num_steps, gradient)
    if trial.embedding_size > 0:
        size = trial.embedding_size
        add_table_gradient(
            lanes, trial.embedded_gradient, size * BLOCK, size, symbols, first, trial.num_symbols, num_steps,
            trial.one_hot, gradient, 0, 1, trial.scratch,
        )  # fmt: skip


@compiled
def _add_input_gradient(
    cell: Record,
    trial: Record,
    layer: Record,
    weights: Floats,
    lanes: Floats,
    symbols: Integers,
    block: int,
    num_steps: int,
    gradient: Floats,
) -> None:
    """Add the gradients of a layer's input weights and biases, and find that of its input."""
    rows, size = cell.gates * layer.hidden_size, layer.input_size
    stride = layer.gates_width * BLOCK
    if layer.input_kind == FEATURES:
        x = _input(trial, layer, block)
        add_weight_gradient(
            lanes, layer.gates, stride, rows, x, size * BLOCK, size, num_steps, gradient, layer.weight_ih, trial.scratch
        )
        add_row_sums(lanes, layer.gates, stride, rows, num_steps, gradient, layer.bias_ih)
    else:
        first = block * trial.max_length * BLOCK
        add_table_gradient(
            lanes, layer.gates, stride, rows, symbols, first, size, num_steps,
            trial.one_hot, gradient, layer.weight_ih, size, trial.scratch,
        )  # fmt: skip
    if layer.input_gradient >= 0:
        for t in range(num_steps):
            x = layer.input_gradient + t * size * BLOCK
            gates = layer.gates + t * stride
            multiply_transposed(weights, layer.weight_ih, rows, size, lanes, gates, x, not layer.last_direction)
