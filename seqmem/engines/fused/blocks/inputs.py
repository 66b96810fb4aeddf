"""The input's part of a layer's gates: symbols looked up, or features times weights."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import numpy as np

from seqmem.engines.fused.compiling import compiled, inlined
from seqmem.engines.fused.memory import address_of, read_integer
from seqmem.engines.fused.simd.look_up import Table, Text, add_table_gradient, look_up, prepare_table
from seqmem.engines.fused.simd.products import (
    ADDED,
    BIASED,
    PLAIN,
    Matrix,
    Rows,
    Start,
    add_row_sums,
    add_weight_gradient,
    multiply,
    multiply_transposed,
)
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.engines.fused.steps.loops import call_loop
from seqmem.engines.fused.steps.table import FOLDS, WIDTH
from seqmem.engines.fused.structs import FEATURES

f4 = np.float32


@compiled
def prepare_inputs(trial: Struct, layers: Struct, weights: Floats, lanes: Floats) -> None:
    """Before a batch: what the cell makes of its weights, the sums of shared biases, and small tables."""
    for layer in layers:
        if layer.interpreter != 0:
            _interpret(trial, layer, weights, lanes, layer.prepare_first, layer.prepare_last)
        rows, size = layer.gate_rows, layer.input_size
        for row in range(rows):
            lanes[layer.bias + row] = weights[layer.bias_ih + row]
        for number in range(read_integer(layer.table, FOLDS), read_integer(layer.table, FOLDS + 1), WIDTH):
            fold = layer.table + 8 * number
            weight, bias = read_integer(fold, 0), layer.bias + read_integer(fold, 1)
            for row in range(read_integer(fold, 2)):
                lanes[bias + row] += weights[weight + row]
        if layer.prepared >= 0:
            prepare_table(Table(weights, layer.weight_ih, rows, size, size, 1), layer.bias, lanes, layer.prepared)
    if trial.prepared >= 0:
        size = trial.embedding_size
        prepare_table(Table(weights, 0, size, 1, trial.num_symbols, size), -1, lanes, trial.prepared)


@compiled
def project_weights(trial: Struct, layers: Struct, weights: Floats, lanes: Floats) -> None:
    """After an update: what the cell makes of its weights."""
    for layer in layers:
        if layer.interpreter != 0:
            _interpret(trial, layer, weights, lanes, layer.project_first, layer.project_last)


@compiled
def _interpret(trial: Struct, layer: Struct, weights: Floats, lanes: Floats, first: int, last: int) -> None:
    weights_at, lanes_at = address_of(weights), address_of(lanes)
    call_loop(layer.interpreter, lanes_at, first, last, weights_at, trial.gradient, layer.values, 0)


@inlined
def first_symbol(trial: Struct) -> int:
    """Where the block's symbols begin."""
    return trial.block * trial.max_length * BLOCK


@compiled
def embed(trial: Struct, weights: Floats, lanes: Floats, symbols: Integers, num_steps: int) -> None:
    """Look the block's symbols up in the embedding."""
    size = trial.embedding_size
    table = Table(weights, 0, size, 1, trial.num_symbols, size)
    for t in range(num_steps):
        first, y = first_symbol(trial) + t * BLOCK, trial.embedded + t * size * BLOCK
        look_up(table, -1, trial.prepared, symbols, first, lanes, y)


@inlined
def _features(trial: Struct, layer: Struct) -> int:
    """Offset of the features that a layer reads at step 0."""
    return layer.input + trial.block * layer.input_block


@inlined
def set_input_gates(trial: Struct, layer: Struct, weights: Floats, lanes: Floats, symbols: Integers, t: int) -> None:
    """Set a layer's gates at step t to the input's part, biases included."""
    rows, size = layer.gate_rows, layer.input_size
    weight, gates = layer.weight_ih, layer.gates + t * layer.gates_width * BLOCK
    if layer.input_kind == FEATURES:
        x = _features(trial, layer) + t * size * BLOCK
        w, lanes_at = Matrix(address_of(weights), weight, size, rows, size), address_of(lanes)
        multiply(w, Start(BIASED, lanes_at, layer.bias), lanes_at, x, gates)
    else:
        table = Table(weights, weight, rows, size, size, 1)
        look_up(table, layer.bias, layer.prepared, symbols, first_symbol(trial) + t * BLOCK, lanes, gates)


@compiled
def add_input_gradient(
    trial: Struct,
    layer: Struct,
    weights: Floats,
    lanes: Floats,
    symbols: Integers,
    reached: int,
    num_steps: int,
    gradient: Floats,
) -> None:
    """Add the gradients of a layer's input weights and biases, and find that of its input.

    Args:
        reached: The first step with a gradient, as `run_backward` returns it.
    """
    rows, size = layer.gate_rows, layer.input_size
    weight, stride = layer.weight_ih, layer.gates_width * BLOCK
    gates = Rows(layer.gates, rows, stride)
    if layer.input_kind == FEATURES:
        x = Rows(_features(trial, layer), size, size * BLOCK)
        add_weight_gradient(lanes, gates, x, reached, num_steps, gradient, weight, size, trial.scratch)
        add_row_sums(lanes, gates, reached, num_steps, gradient, layer.bias_ih)
    else:
        text = Text(symbols, first_symbol(trial), trial.one_hot)
        add_table_gradient(Table(gradient, weight, rows, size, size, 1), lanes, gates, text, num_steps, trial.scratch)
    if layer.input_gradient >= 0:
        w, start = Matrix(address_of(weights), weight, size, size, rows), PLAIN if layer.last_direction else ADDED
        for t in range(num_steps):
            y, back = layer.gates + t * stride, layer.input_gradient + t * size * BLOCK
            multiply_transposed(w, Start(start, 0, 0), address_of(lanes), y, back)


@compiled
def finish_gradients(trial: Struct, layers: Struct, weights: Floats, lanes: Floats) -> None:
    """After a batch: derive the gradients of biases that are sums of others, and of what weights were prepared from."""
    for layer in layers:
        bias_ih = trial.gradient + layer.bias_ih
        if layer.input_kind != FEATURES:  # each step has one symbol: a bias is the sum of its row
            for row in range(layer.gate_rows):
                weight = trial.gradient + layer.weight_ih + row * layer.input_size
                total = f4(0.0)
                for symbol in range(layer.input_size):
                    total += lanes[weight + symbol]
                lanes[bias_ih + row] = total
        for number in range(read_integer(layer.table, FOLDS), read_integer(layer.table, FOLDS + 1), WIDTH):
            fold = layer.table + 8 * number
            weight, bias = trial.gradient + read_integer(fold, 0), bias_ih + read_integer(fold, 1)
            for row in range(read_integer(fold, 2)):
                lanes[weight + row] = lanes[bias + row]
        if layer.interpreter != 0:
            _interpret(trial, layer, weights, lanes, layer.return_first, layer.return_last)
