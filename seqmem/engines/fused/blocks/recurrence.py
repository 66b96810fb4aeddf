"""One layer in one direction: a cell's steps, strung together over time.

What a step does is told by the layer's table, see `steps.table`: loops that are compiled for the
cell, and products between them. Nothing here knows a cell by name.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqmem.engines.fused.blocks.inputs import set_input_gates
from seqmem.engines.fused.compiling import compiled, inlined
from seqmem.engines.fused.memory import address_of, read_integer
from seqmem.engines.fused.simd.products import (
    Matrix,
    Rows,
    Start,
    add_row_sums,
    add_rows,
    add_weight_gradient,
    clear,
    multiply,
    multiply_transposed,
)
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.engines.fused.simd.vector import load, select_equal, select_less, splat, splat_at, store
from seqmem.engines.fused.steps.homes import BASES
from seqmem.engines.fused.steps.loops import call_loop
from seqmem.engines.fused.steps.table import BACKWARD, BEGIN, FORWARD, GRADIENTS, LOOP, PRODUCT, WIDTH
from seqmem.engines.fused.structs import AT_FIRST, AT_LAST, EVERY

f4 = np.float32
BEFORE, AFTER = BASES.index("before"), BASES.index("after")


class Offsets(NamedTuple):
    """Where a step finds what differs from step to step.

    kept: Its own rows: the input's part is there, biases included; behind it the states that are
        no output, what the way back needs, and at last the gradients of products.
    before, after: The output of the step before and of this one.
    carry, following: The gradients of the states after and before the step.
    """

    kept: int
    before: int
    after: int
    carry: int
    following: int


@inlined
def _run_section(layer: Struct, section: int, weights: int, lanes: int, at: Offsets, proceed: bool) -> None:
    """Run a section of the layer's table.

    Args:
        weights: Address of the trial's weights.
        lanes: Address of the workspace.
        proceed: Whether the gradient of the states before is needed.
    """
    bases = (0, at.kept, at.before, at.after, at.carry, at.following)
    for index in range(read_integer(layer.table, section), read_integer(layer.table, section + 1), WIDTH):
        row = layer.table + 8 * index
        kind = read_integer(row, 0)
        if kind == LOOP:
            numbers = layer.table + 8 * read_integer(row, 2)
            call_loop(read_integer(row, 1), lanes, numbers, at.kept, at.before, at.after, at.carry, at.following)
        elif kind == PRODUCT:
            if proceed or read_integer(row, 1):
                w = Matrix(
                    weights, read_integer(row, 3), read_integer(row, 4), read_integer(row, 5), read_integer(row, 6)
                )
                x = bases[read_integer(row, 7)] + read_integer(row, 8)
                y = bases[read_integer(row, 9)] + read_integer(row, 10)
                start = Start(read_integer(row, 11), weights, read_integer(row, 12))
                if read_integer(row, 2):
                    multiply_transposed(w, start, lanes, x, y)
                else:
                    multiply(w, start, lanes, x, y)
        else:
            _spread(weights, read_integer(row, 1), read_integer(row, 2), lanes, read_integer(row, 3))


@inlined
def _spread(weights: int, weight: int, rows: int, lanes: int, y: int) -> None:
    for row in range(rows):
        value = splat_at(weights, weight + row)
        for half in range(0, BLOCK, LANES):
            store(lanes, y + row * BLOCK + half, value)


@inlined
def slot(layer: Struct, t: int) -> int:
    """Offset of the layer's output at step t; -1 and the number of steps hold initial states."""
    return layer.outputs + (t + 1) * layer.outputs_width * BLOCK


@inlined
def memory_slot(layer: Struct, t: int) -> int:
    """Offset of the states at step t that are no output, as `slot`."""
    return layer.gates + t * layer.gates_width * BLOCK + layer.memory


@compiled
def run_forward(
    trial: Struct, layer: Struct, weights: Floats, lanes: Floats, symbols: Integers, num_steps: int
) -> None:
    """Run a layer in its direction over the block; its initial states are in their slots.

    Beyond a sequence's end its lane runs on, without effect: its gradient there is zero. Where
    a state could grow until zero times it is NaN, it stays as it was.
    """
    weights_at, lanes_at = address_of(weights), address_of(lanes)
    _run_section(layer, BEGIN, weights_at, lanes_at, Offsets(0, 0, 0, 0, 0), True)
    shortest = _find_shortest(trial, symbols)
    for step in range(num_steps):
        t = num_steps - 1 - step if layer.reverse else step
        if layer.reverse and step > 0 and symbols[trial.ends + t] > 0:
            _start_late(layer, lanes, t, num_steps)
        before = t + 1 if layer.reverse else t - 1
        gates = layer.gates + t * layer.gates_width * BLOCK
        set_input_gates(trial, layer, weights, lanes, symbols, t)
        at = Offsets(gates, slot(layer, before), slot(layer, t), 0, 0)
        _run_section(layer, FORWARD, weights_at, lanes_at, at, True)
        if layer.holds and t >= shortest:
            _hold_ended(layer, lanes, t, before)


@compiled
def run_backward(
    trial: Struct, layer: Struct, weights: Floats, lanes: Floats, symbols: Integers, num_steps: int
) -> int:
    """Turn the layer's stored gates into gradients, from the gradient of its outputs.

    Returns:
        The first step that a gradient reaches. It is exactly zero before where it has vanished on
        its way back: there only the gradients of the input's part are set, to zero.
    """
    rows = layer.hidden_size + layer.memory_rows
    shortest = _find_shortest(trial, symbols) if layer.incoming_kind == AT_LAST and not layer.reverse else 0
    carry, following = layer.carry, layer.carry + rows * BLOCK
    weights_at, lanes_at = address_of(weights), address_of(lanes)
    clear(lanes, carry, rows)
    for step in range(num_steps - 1, -1, -1):
        t = num_steps - 1 - step if layer.reverse else step
        _add_incoming(layer, lanes, carry, t, symbols[trial.ends + t])
        before = slot(layer, t + 1 if layer.reverse else t - 1)
        gates = layer.gates + t * layer.gates_width * BLOCK
        at = Offsets(gates, before, slot(layer, t), carry, following)
        _run_section(layer, BACKWARD, weights_at, lanes_at, at, step > 0)
        carry, following = following, carry
        if 0 < step < shortest and _is_zero(lanes, carry, rows):
            for skipped in range(step):
                clear(lanes, layer.gates + skipped * layer.gates_width * BLOCK, layer.gate_rows)
            return step
        if layer.reverse and step > 0 and symbols[trial.ends + t] > 0:
            for row in range(rows):
                _replace_at_end(lanes, layer.lengths, t, carry + row * BLOCK, -1)
    return 0


@inlined
def _find_shortest(trial: Struct, symbols: Integers) -> int:
    """Length of the block's shortest sequence."""
    t = 0
    while symbols[trial.ends + t] == 0:
        t += 1
    return t + 1


@inlined
def _is_zero(lanes: Floats, offset: int, rows: int) -> bool:
    """Whether all of some rows is zero; most often the first number answers that."""
    end = offset + rows * BLOCK
    while offset < end and lanes[offset] == f4(0.0):
        offset += 1
    return offset == end


@compiled
def add_recurrent_gradient(
    layer: Struct, lanes: Floats, reached: int, num_steps: int, gradient: Floats, scratch: int
) -> None:
    """Add the gradients of a layer's own weights and biases, as its table lists them.

    Args:
        reached: The first step with a gradient, as `run_backward` returns it.
    """
    for index in range(read_integer(layer.table, GRADIENTS), read_integer(layer.table, GRADIENTS + 1), WIDTH):
        row = layer.table + 8 * index
        weight, width = read_integer(row, 0), read_integer(row, 1)
        left, right = read_integer(row, 2), read_integer(row, 5)
        reads_before = read_integer(row, 8) != 0
        first = 1 if reads_before and layer.starts_at_zero else 0  # from a state of zeros there is no gradient
        begin = max(reached - first, 0)
        y = _find_rows(layer, left, read_integer(row, 3), read_integer(row, 4), first)
        if right < 0:
            add_row_sums(lanes, y, begin, num_steps - first, gradient, weight)
        else:
            x = _find_rows(layer, right, read_integer(row, 6), read_integer(row, 7), first)
            add_weight_gradient(lanes, y, x, begin, num_steps - first, gradient, weight, width, scratch)


@inlined
def _find_rows(layer: Struct, base: int, offset: int, size: int, first: int) -> Rows:
    """Rows of every step but the `first` ones in the layer's direction, by their base."""
    if base == BEFORE:
        return Rows(slot(layer, 1 if layer.reverse else first - 1) + offset, size, layer.outputs_width * BLOCK)
    start = 0 if layer.reverse else first
    if base == AFTER:
        return Rows(slot(layer, start) + offset, size, layer.outputs_width * BLOCK)
    return Rows(layer.gates + start * layer.gates_width * BLOCK + offset, size, layer.gates_width * BLOCK)


@inlined
def _add_incoming(layer: Struct, lanes: Floats, carry: int, t: int, ending: int) -> None:
    """Add the gradient of the layer's output at step t to the carried one."""
    if layer.incoming_kind == EVERY:
        add_rows(lanes, carry, layer.incoming + t * layer.outputs_width * BLOCK, layer.hidden_size)
    elif layer.incoming_kind == AT_FIRST:
        if t == 0:
            add_rows(lanes, carry, layer.incoming, layer.hidden_size)
    elif layer.incoming_kind == AT_LAST and ending > 0:
        end, zero = splat(f4(t + 1)), splat(f4(0.0))
        for offset in range(0, layer.hidden_size * BLOCK, LANES):
            length = load(lanes, layer.lengths + offset % BLOCK)
            incoming = select_equal(length, end, load(lanes, layer.incoming + offset), zero)
            store(lanes, carry + offset, load(lanes, carry + offset) + incoming)


@compiled
def _hold_ended(layer: Struct, lanes: Floats, t: int, before: int) -> None:
    """Leave the states at step t as they were where a sequence has ended before."""
    _hold_rows(lanes, layer.lengths, t, slot(layer, t), slot(layer, before), layer.hidden_size)
    _hold_rows(lanes, layer.lengths, t, memory_slot(layer, t), memory_slot(layer, before), layer.memory_rows)


@inlined
def _hold_rows(lanes: Floats, lengths: int, t: int, new: int, old: int, rows: int) -> None:
    step = splat(f4(t))
    for offset in range(0, rows * BLOCK, LANES):
        length = load(lanes, lengths + offset % BLOCK)
        held = select_less(step, length, load(lanes, new + offset), load(lanes, old + offset))
        store(lanes, new + offset, held)


@compiled
def _start_late(layer: Struct, lanes: Floats, t: int, num_steps: int) -> None:
    """Give the sequences whose last step is t their initial states, before a reverse step t."""
    for row in range(layer.hidden_size):
        after, initial = slot(layer, t + 1) + row * BLOCK, slot(layer, num_steps) + row * BLOCK
        _replace_at_end(lanes, layer.lengths, t, after, initial)
    for row in range(layer.memory_rows):
        after, initial = memory_slot(layer, t + 1) + row * BLOCK, memory_slot(layer, num_steps) + row * BLOCK
        _replace_at_end(lanes, layer.lengths, t, after, initial)


@inlined
def _replace_at_end(lanes: Floats, lengths: int, t: int, row: int, source: int) -> None:
    """In the lanes whose sequence ends with step t, set a row to another one, or to zero if `source` is -1."""
    for half in range(0, BLOCK, LANES):
        value = load(lanes, source + half) if source >= 0 else splat(f4(0.0))
        ends_here = load(lanes, lengths + half)
        store(lanes, row + half, select_equal(ends_here, splat(f4(t + 1)), value, load(lanes, row + half)))
