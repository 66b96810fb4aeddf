"""The program: whole training steps of whole trials, strung together from the blocks.

One compiled call trains many trials for many steps, without Python, allocation or lock. It is
compiled once for each cell.
"""

from __future__ import annotations

import functools
import logging
import math
from typing import Any

import numpy as np
from numba.core.event import Listener, install_listener

from seqmem.engines.fused import gru, lstm, rnn
from seqmem.engines.fused.compiling import compiled, entry, inlined
from seqmem.engines.fused.layout import FEATURES, LAYER, PREDICT, TRAIN, TRIAL
from seqmem.engines.fused.look_up import ONE_HOT, add_table_gradient, look_up, write_one_hot
from seqmem.engines.fused.losses import answer_block, write_outputs
from seqmem.engines.fused.memory import float32_at, take_next
from seqmem.engines.fused.optimizers import start_epoch, update
from seqmem.engines.fused.products import (
    add_row_sums,
    add_weight_gradient,
    clear,
    multiply,
    multiply_transposed,
)
from seqmem.engines.fused.readouts import answer_backward, answer_forward
from seqmem.engines.fused.recurrence import add_recurrent_gradient, run_backward, run_forward, slot
from seqmem.engines.fused.samplers import sample
from seqmem.engines.fused.samplers.draws import draw_double
from seqmem.engines.fused.target import BLOCK, LANES
from seqmem.engines.fused.vector import load, splat, store

log = logging.getLogger(__name__)
f4 = np.float32

# The description of each built-in cell, by which the program is compiled.
DESCRIPTIONS = {"RNN": rnn.RNN(), "LSTM": lstm.LSTM(), "GRU": gru.GRU()}


@entry
def run(cell, trials, layers, order, queue, lanes, symbols, report):
    """Take trials in `order` from the queue until it is empty, and run each by its mode.

    Args:
        cell: The description of the cell that all these trials have.
        trials: Records of `layout.TRIAL`.
        layers: Records of `layout.LAYER`, all trials' together.
        order: (n,) rows of `trials`.
        queue: (1,) how many of them have been taken, by all threads together.
        lanes: Workspace, float32.
        symbols: Workspace, int32.
        report: (4, steps); loss, wrong, largest and mean error, a column a step.
    """
    while True:
        place = take_next(queue)
        if place >= len(order):
            return
        trial = trials[order[place]]
        own = layers[trial.first_layer : trial.first_layer + trial.num_layers]
        weights = float32_at(trial.weights, trial.num_parameters)
        trial.done = 0
        while trial.done < trial.wanted:
            loss = _run_step(cell, trial, own, weights, lanes, symbols, report)
            if not math.isfinite(loss):
                break


@compiled
def _run_step(cell, trial, layers, weights, lanes, symbols, report):
    """Train one batch, or predict it; return its loss."""
    sample(trial, lanes, symbols, trial.done)
    if trial.mode == TRAIN:
        start_epoch(trial)
    for place in range(trial.gradient, trial.gradient + trial.num_parameters, LANES):
        store(lanes, place, splat(f4(0.0)))
    _sum_biases(cell, layers, weights, lanes)
    scale, scored = _count_answers(trial, lanes)
    loss, wrong, largest, errors = f4(0.0), f4(0.0), f4(0.0), f4(0.0)
    for block in range(trial.num_blocks):
        num_steps = _start_block(trial, lanes, symbols, block)
        _forward(cell, trial, layers, weights, lanes, symbols, block, num_steps)
        if trial.mode == PREDICT:
            write_outputs(trial, lanes, num_steps, block)
            continue
        found = answer_block(trial, lanes, num_steps if trial.every_step else 1, block, scale)
        loss, wrong, largest, errors = loss + found[0], wrong + found[1], max(largest, found[2]), errors + found[3]
        _backward(cell, trial, layers, weights, lanes, symbols, block, num_steps)
    trial.done += 1
    if trial.mode == TRAIN:
        mean_error = errors / f4(scored)
        column = trial.report + trial.done - 1
        report[0, column], report[1, column], report[2, column], report[3, column] = loss, wrong, largest, mean_error
        _finish_bias_gradients(cell, trial, layers, lanes)
        update(trial, weights, lanes, mean_error)
        trial.steps += 1
    return loss


@inlined
def _ends(trial):
    """Offset, among the symbols, of how many sequences of the block end with each step."""
    return trial.num_blocks * BLOCK * trial.max_length


@compiled
def _sum_biases(cell, layers, weights, lanes):
    """Add up the biases that input and recurrence share."""
    for layer in layers:
        shared = cell.shared * layer.hidden_size
        for row in range(cell.gates * layer.hidden_size):
            total = weights[layer.bias_ih + row]
            if row < shared:
                total += weights[layer.bias_hh + row]
            lanes[layer.bias + row] = total


@compiled
def _count_answers(trial, lanes):
    """What the loss of one answer counts, and over how many numbers the mean error is taken."""
    answers, scored = trial.batch_size, trial.batch_size
    if trial.every_step:
        total = 0
        for sequence in range(trial.batch_size):
            total += np.int64(lanes[trial.batch_lengths + sequence])
        answers = total
        if not trial.scores_last:
            scored = total
    counted = trial.batch_size if trial.batchmean else answers * trial.numbers
    return f4(1.0 / counted), scored * trial.output_size


@compiled
def _start_block(trial, lanes, symbols, block):
    """Set up a block's lengths, and return the longest."""
    ends = _ends(trial)
    longest = 1
    for lane in range(BLOCK):
        length = lanes[trial.batch_lengths + block * BLOCK + lane]
        lanes[trial.lengths + lane] = length
        longest = max(longest, np.int64(length))
    for t in range(longest):
        symbols[ends + t] = 0
    for lane in range(BLOCK):
        length = np.int64(lanes[trial.lengths + lane])
        if length > 0:
            symbols[ends + length - 1] += 1
    if trial.initial_size > 0:
        for lane in range(min(BLOCK, trial.batch_size - block * BLOCK)):
            for row in range(trial.initial_size):
                drawn = draw_double(trial.initial_draw, trial.initial_draw_state)
                lanes[trial.initial + row * BLOCK + lane] = drawn
    return longest


@compiled
def _forward(cell, trial, layers, weights, lanes, symbols, block, num_steps):
    """From the block's inputs to its raw outputs."""
    first = block * trial.max_length * BLOCK  # of the block's symbols
    if trial.embedding_size > 0:
        size = trial.embedding_size
        look_up(
            weights, 0, 1, size, trial.num_symbols, symbols, first,
            -1, lanes, trial.embedded, size * BLOCK, size, num_steps,
        )  # fmt: skip
    ends = symbols[_ends(trial) :]
    initial = trial.initial
    for layer in layers:
        _read_input(cell, trial, layer, weights, lanes, symbols, block, num_steps)
        initial = _set_initial(cell, layer, lanes, initial, num_steps)
        run_forward(cell, layer, weights, lanes, ends, num_steps)
    answer_forward(trial, weights, lanes, ends, num_steps)


@compiled
def _read_input(cell, trial, layer, weights, lanes, symbols, block, num_steps):
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
def _input(trial, layer, block):
    """Offset of the features that a layer reads."""
    if trial.num_features > 0 and layer.input == trial.batch_inputs:
        return layer.input + block * trial.max_length * trial.num_features * BLOCK
    return layer.input


@compiled
def _set_initial(cell, layer, lanes, initial, num_steps):
    """Write a layer's initial states, drawn or zero; return where the next layer's are."""
    place = slot(layer, num_steps if layer.reverse else -1)
    for state in range(cell.states):
        if layer.draws_initial:
            for i in range(0, layer.hidden_size * BLOCK, LANES):
                store(lanes, place + i, load(lanes, initial + i))
            initial += layer.hidden_size * BLOCK
        else:
            clear(lanes, place, layer.hidden_size)
        place += layer.second_state
    return initial


@compiled
def _backward(cell, trial, layers, weights, lanes, symbols, block, num_steps):
    """From the gradient of the block's raw outputs to that of all weights."""
    first = block * trial.max_length * BLOCK
    gradient = lanes[trial.gradient : trial.gradient + trial.num_parameters]
    ends = symbols[_ends(trial) :]
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
def _add_input_gradient(cell, trial, layer, weights, lanes, symbols, block, num_steps, gradient):
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


@compiled
def _finish_bias_gradients(cell, trial, layers, lanes):
    """Derive the gradients of biases that are sums of others."""
    for layer in layers:
        shared = cell.shared * layer.hidden_size
        bias_ih, bias_hh = trial.gradient + layer.bias_ih, trial.gradient + layer.bias_hh
        if layer.input_kind != FEATURES:  # each step has one symbol: a bias is the sum of its row
            for row in range(cell.gates * layer.hidden_size):
                weight = trial.gradient + layer.weight_ih + row * layer.input_size
                total = f4(0.0)
                for symbol in range(layer.input_size):
                    total += lanes[weight + symbol]
                lanes[bias_ih + row] = total
        for row in range(shared):
            lanes[bias_hh + row] = lanes[bias_ih + row]


@functools.cache
def prepare(cell: str) -> None:
    """Have the program for a cell compiled, or loaded from disk."""
    empty = np.empty(0, np.int64)
    arrays = (np.empty(0, TRIAL), np.empty(0, LAYER), empty, np.zeros(1, np.int64))
    with install_listener("numba:compile", _Announcer(cell)):
        run(DESCRIPTIONS[cell], *arrays, np.empty(0, f4), np.empty(0, np.int32), np.empty((4, 0), f4))


class _Announcer(Listener):  # type: ignore[misc]
    """Says that the program is being compiled, when it is."""

    def __init__(self, cell: str) -> None:
        self.cell = cell

    def on_start(self, event: Any) -> None:
        if event.data["dispatcher"] is run:
            log.info("compiling the %s kernels, once for this version and processor", self.cell)

    def on_end(self, event: Any) -> None:
        pass
