"""The program: whole training steps of whole trials, strung together from the blocks.

One compiled call trains many trials for many steps, without Python, allocation or lock. It is
compiled once for each attention; what belongs to a cell is compiled apart, see `steps`.
"""

from __future__ import annotations

import functools
import gc
import logging
import math
from typing import Any, NamedTuple

import numpy as np
from numba.core.event import Listener, install_listener

from seqmem.engines.fused.blocks.attention import NoAttention
from seqmem.engines.fused.blocks.cosine_attention import CosineAttention
from seqmem.engines.fused.blocks.dot_attention import DotAttention
from seqmem.engines.fused.blocks.inputs import finish_gradients, prepare_inputs, project_weights
from seqmem.engines.fused.blocks.optimizers import start_epoch, update
from seqmem.engines.fused.blocks.passes import backward, forward
from seqmem.engines.fused.cache import find_folder
from seqmem.engines.fused.compiling import compiled, entry, merged
from seqmem.engines.fused.memory import float32_at, read_clock, take_next
from seqmem.engines.fused.objectives.answering import (
    ERRORS,
    LARGEST,
    LOSS,
    OUTSIDE,
    WRONG,
    WRONG_ANSWERS,
    count_answers,
)
from seqmem.engines.fused.objectives.objective import call_objective
from seqmem.engines.fused.samplers.batch import draw_batch
from seqmem.engines.fused.samplers.draws import draw_double, remember_generators, rewind_generators
from seqmem.engines.fused.simd.denormals import flush_denormals, restore_denormals
from seqmem.engines.fused.simd.products import clear
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.types import Floats, Integers, Number, Struct
from seqmem.engines.fused.simd.vector import splat, store
from seqmem.engines.fused.structs import EVALUATE, LAYER, PREDICT, TRAIN, TRIAL
from seqmem.job.network import Network

log = logging.getLogger(__name__)
f4 = np.float32

# The descriptions of the attentions, by which the program is compiled.
ATTENTIONS: dict[str | None, tuple[()]] = {None: NoAttention(), "dot": DotAttention(), "cosine": CosineAttention()}


class Program(NamedTuple):
    """The name of what a program is compiled for."""

    attention: str | None = None

    @classmethod
    def of(cls, network: Network) -> Program:
        return cls(network.attention)

    @property
    def description(self) -> tuple[()]:
        """What `run` takes first."""
        return ATTENTIONS[self.attention]


@entry
def run(
    attention: Struct,
    trials: Struct,
    layers: Struct,
    order: Struct,
    queue: Struct,
    lanes: Floats,
    symbols: Integers,
    report: Floats,
) -> None:
    """Take trials in `order` from the queue until it is empty, and run each by its mode.

    Args:
        attention: The description of the attention that all these trials have.
        trials: Structs of `structs.TRIAL`.
        layers: Structs of `structs.LAYER`, all trials' together.
        order: (n,) rows of `trials`.
        queue: (1,) how many of them have been taken, by all threads together.
        lanes: Workspace, float32.
        symbols: Workspace, int32.
        report: (4, steps); a column a step: loss, wrong, largest and mean error; of an
            evaluation loss, wrong and how many are outside the strict tolerance.
    """
    mode = flush_denormals()
    while True:
        index = take_next(queue)
        if index >= len(order):
            break
        trial = trials[order[index]]
        own = layers[trial.first_layer : trial.first_layer + trial.num_layers]
        weights = float32_at(trial.weights, trial.num_parameters)
        trial.done, start = 0, read_clock()
        if trial.mode == EVALUATE:
            remember_generators(trial)
        while trial.done < trial.wanted:
            loss = _run_step(attention, trial, own, weights, lanes, symbols, report)
            if not math.isfinite(loss):
                break
        if trial.mode == EVALUATE:
            rewind_generators(trial)
        trial.cycles = read_clock() - start
    restore_denormals(mode)


@merged
def _run_step(
    attention: Struct,
    trial: Struct,
    layers: Struct,
    weights: Floats,
    lanes: Floats,
    symbols: Integers,
    report: Floats,
) -> Number:
    """Train one batch, or predict or evaluate it; return its loss."""
    draw_batch(trial, lanes, symbols)
    if trial.mode == TRAIN:
        start_epoch(trial)
    for offset in range(trial.gradient, trial.gradient + trial.num_weights, LANES):
        store(lanes, offset, splat(f4(0.0)))
    prepare_inputs(trial, layers, weights, lanes)
    scale, trial.scored = count_answers(trial, lanes)
    trial.wrong_answers = 0
    loss, wrong, largest, errors, outside = f4(0.0), f4(0.0), f4(0.0), f4(0.0), f4(0.0)
    for block in range(trial.num_blocks):
        num_steps = _start_block(trial, lanes, symbols, block)
        forward(attention, trial, layers, weights, lanes, symbols, num_steps)
        call_objective(trial.objective, trial, lanes, num_steps if trial.every_step else 1, scale)
        if trial.mode == PREDICT:
            continue
        loss, wrong = loss + lanes[trial.found + LOSS], wrong + lanes[trial.found + WRONG]
        errors, outside = errors + lanes[trial.found + ERRORS], outside + lanes[trial.found + OUTSIDE]
        largest = max(largest, lanes[trial.found + LARGEST])
        trial.wrong_answers += int(lanes[trial.found + WRONG_ANSWERS])
        if trial.mode == EVALUATE:
            continue
        backward(attention, trial, layers, weights, lanes, symbols, num_steps)
    column = trial.report + trial.done
    trial.done += 1
    if trial.mode == EVALUATE:
        report[0, column], report[1, column], report[2, column] = loss, wrong, outside
    elif trial.mode == TRAIN:
        mean_error = errors / f4(trial.scored * trial.output_size)
        report[0, column], report[1, column], report[2, column], report[3, column] = loss, wrong, largest, mean_error
        finish_gradients(trial, layers, weights, lanes)
        update(trial, weights, lanes, mean_error)
        project_weights(trial, layers, weights, lanes)
        trial.steps += 1
    return loss


@compiled
def _start_block(trial: Struct, lanes: Floats, symbols: Integers, block: int) -> int:
    """Set up a block's lengths, and return the longest."""
    trial.block = block
    ends = trial.ends
    longest = 1
    for lane in range(BLOCK):
        length = lanes[trial.batch_lengths + block * BLOCK + lane]
        lanes[trial.lengths + lane] = length
        longest = max(longest, int(length))
    for t in range(longest):
        symbols[ends + t] = 0
    for lane in range(BLOCK):
        length = int(lanes[trial.lengths + lane])
        if length > 0:
            symbols[ends + length - 1] += 1
    if trial.initial_size > 0:
        clear(lanes, trial.initial, trial.initial_size)
        for lane in range(min(BLOCK, trial.batch_size - block * BLOCK)):
            for row in range(trial.initial_size):
                drawn = draw_double(trial.initial_draw, trial.initial_draw_state)
                lanes[trial.initial + row * BLOCK + lane] = drawn
    return longest


@functools.cache
def prepare(program: Program) -> None:
    """Have a program compiled, or loaded from disk."""
    empty = np.empty(0, np.int64)
    arrays = (np.empty(0, TRIAL), np.empty(0, LAYER), empty, np.zeros(1, np.int64))
    with install_listener("numba:compile", _Compilation(program)):
        run(program.description, *arrays, np.empty(0, f4), np.empty(0, np.int32), np.empty((4, 0), f4))


class _Compilation(Listener):
    """Says that the program is being compiled, when it is, and saves it the collection of garbage: 6 % of the time."""

    def __init__(self, program: Program) -> None:
        self.name = "" if program.attention is None else f" with {program.attention} attention"
        self.collects_garbage = gc.isenabled()

    def on_start(self, event: Any) -> None:
        if event.data["dispatcher"] is run:
            folder, reasons = find_folder()
            often = "once for this version and processor" if folder else f"for this process alone: {reasons}"
            log.info("compiling the training program%s, %s", self.name, often)
            gc.disable()

    def on_end(self, event: Any) -> None:
        if event.data["dispatcher"] is run and self.collects_garbage:
            gc.enable()
