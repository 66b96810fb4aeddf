"""One layer in one direction: a cell's steps, strung together over time.

A cell is told by the type of its description, and is chosen when the program is compiled; see
`rnn.py` for the smallest one. Nothing here knows a cell by name.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seqmem.engines.fused.blocks.inputs import set_input_gates
from seqmem.engines.fused.compiling import INNER, compiled, inlined, overload
from seqmem.engines.fused.simd.products import Rows, add_row_sums, add_rows, add_weight_gradient, clear
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.engines.fused.simd.vector import load, select_equal, select_less, splat, store
from seqmem.engines.fused.structs import AT_FIRST, AT_LAST, EVERY

f4 = np.float32


def forward_step(
    cell: Struct, layer: Struct, weights: Floats, lanes: Floats, gates: int, before: int, after: int
) -> None:
    """Advance a cell by one step.

    Args:
        cell: The cell's description.
        layer: A struct of `structs.LAYER`.
        weights: The trial's weights, flat.
        lanes: The workspace; all offsets below are into it.
        gates: Offset of the step's gates, (stored x hidden_size) rows: the input's part is
            there, biases included; left behind is what `backward_step` needs.
        before, after: Offsets of the output (hidden_size rows) of the step before and of this
            one. A second state is as far behind as `layer.second_state` says.
    """
    raise NotImplementedError


def backward_step(
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
    """Take the gradient back through one step.

    Args:
        gates: Offset of what `forward_step` left; is replaced by the gradient of the gates.
        carry: Offset of the gradient of each state after the step (states x hidden_size rows);
            is replaced by that of the states before, if `proceed` says that it is needed.
    """
    raise NotImplementedError


def register(description: type, forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
    """Make `forward` and `backward` the steps of the cell with this description."""

    @overload(forward_step, jit_options={"forceinline": True, **INNER})  # type: ignore[untyped-decorator]
    def choose_forward(
        cell: Struct, layer: Struct, weights: Floats, lanes: Floats, gates: int, before: int, after: int
    ) -> Any:
        return forward if cell.instance_class is description else None

    @overload(backward_step, jit_options={"forceinline": True, **INNER})  # type: ignore[untyped-decorator]
    def choose_backward(
        cell: Struct,
        layer: Struct,
        weights: Floats,
        lanes: Floats,
        gates: int,
        before: int,
        after: int,
        carry: int,
        proceed: bool,
    ) -> Any:
        return backward if cell.instance_class is description else None


@inlined
def slot(layer: Struct, t: int) -> int:
    """Offset of the layer's output at step t; -1 and the number of steps hold initial states."""
    return layer.outputs + (t + 1) * layer.outputs_width * BLOCK


@compiled
def run_forward(
    cell: Struct, trial: Struct, layer: Struct, weights: Floats, lanes: Floats, symbols: Integers, num_steps: int
) -> None:
    """Run a layer in its direction over the block; its initial states are in their slots.

    Beyond a sequence's end its lane runs on, without effect: its gradient there is zero. Where
    an output could grow until zero times it is NaN, it is set to zero.
    """
    shortest = 0
    while symbols[trial.ends + shortest] == 0:
        shortest += 1
    shortest += 1
    for step in range(num_steps):
        t = num_steps - 1 - step if layer.reverse else step
        if layer.reverse and step > 0 and symbols[trial.ends + t] > 0:
            _start_late(layer, lanes, t, num_steps)
        before = slot(layer, t + 1 if layer.reverse else t - 1)
        gates = layer.gates + t * layer.gates_width * BLOCK
        set_input_gates(cell, trial, layer, weights, lanes, symbols, t)
        forward_step(cell, layer, weights, lanes, gates, before, slot(layer, t))
        if layer.relu and t >= shortest:
            _stop_ended(layer, lanes, t)


@compiled
def run_backward(
    cell: Struct, trial: Struct, layer: Struct, weights: Floats, lanes: Floats, symbols: Integers, num_steps: int
) -> None:
    """Turn the layer's stored gates into gradients, from the gradient of its outputs."""
    clear(lanes, layer.carry, cell.states * layer.hidden_size)
    for step in range(num_steps - 1, -1, -1):
        t = num_steps - 1 - step if layer.reverse else step
        _add_incoming(layer, lanes, t, symbols[trial.ends + t])
        before = slot(layer, t + 1 if layer.reverse else t - 1)
        gates = layer.gates + t * layer.gates_width * BLOCK
        backward_step(cell, layer, weights, lanes, gates, before, slot(layer, t), layer.carry, step > 0)
        if layer.reverse and step > 0 and symbols[trial.ends + t] > 0:
            for row in range(cell.states * layer.hidden_size):
                _replace_at_end(lanes, layer.lengths, t, layer.carry + row * BLOCK, -1)


@compiled
def add_recurrent_gradient(
    cell: Struct, layer: Struct, lanes: Floats, num_steps: int, gradient: Floats, scratch: int
) -> None:
    """Add the gradients of a layer's recurrent weights and biases, from those of its gates."""
    hidden_size = layer.hidden_size
    first = 0 if layer.draws_initial else 1  # from a state of zeros there is no gradient
    gates_stride, outputs_stride = layer.gates_width * BLOCK, layer.outputs_width * BLOCK
    gates = layer.gates + (0 if layer.reverse else first * gates_stride)
    before = slot(layer, 1 if layer.reverse else first - 1)
    shared, own = cell.shared * hidden_size, (cell.gates - cell.shared) * hidden_size
    apart = cell.gates * hidden_size * BLOCK  # where gates stand that the input does not share
    weight, bias, x = layer.weight_hh, layer.bias_hh, Rows(before, hidden_size, outputs_stride)
    add_weight_gradient(lanes, Rows(gates, shared, gates_stride), x, num_steps - first, gradient, weight, scratch)
    if own > 0:
        y, weight = Rows(gates + apart, own, gates_stride), weight + shared * hidden_size
        add_weight_gradient(lanes, y, x, num_steps - first, gradient, weight, scratch)
        y = Rows(layer.gates + apart, own, gates_stride)
        add_row_sums(lanes, y, num_steps, gradient, bias + shared)


@inlined
def _add_incoming(layer: Struct, lanes: Floats, t: int, ending: int) -> None:
    """Add the gradient of the layer's output at step t to the carried one."""
    if layer.incoming_kind == EVERY:
        add_rows(lanes, layer.carry, layer.incoming + t * layer.outputs_width * BLOCK, layer.hidden_size)
    elif layer.incoming_kind == AT_FIRST:
        if t == 0:
            add_rows(lanes, layer.carry, layer.incoming, layer.hidden_size)
    elif layer.incoming_kind == AT_LAST and ending > 0:
        end, zero = splat(f4(t + 1)), splat(f4(0.0))
        for offset in range(0, layer.hidden_size * BLOCK, LANES):
            length = load(lanes, layer.lengths + offset % BLOCK)
            incoming = select_equal(length, end, load(lanes, layer.incoming + offset), zero)
            store(lanes, layer.carry + offset, load(lanes, layer.carry + offset) + incoming)


@compiled
def _stop_ended(layer: Struct, lanes: Floats, t: int) -> None:
    """Set the output at step t to zero where a sequence has ended before."""
    step, zero = splat(f4(t)), splat(f4(0.0))
    output = slot(layer, t)
    for offset in range(0, layer.hidden_size * BLOCK, LANES):
        length = load(lanes, layer.lengths + offset % BLOCK)
        store(lanes, output + offset, select_less(step, length, load(lanes, output + offset), zero))


@compiled
def _start_late(layer: Struct, lanes: Floats, t: int, num_steps: int) -> None:
    """Give the sequences whose last step is t their initial state, before a reverse step t."""
    after, initial = slot(layer, t + 1), slot(layer, num_steps)
    for row in range(layer.hidden_size):
        _replace_at_end(lanes, layer.lengths, t, after + row * BLOCK, initial + row * BLOCK)
        if layer.second_state > 0:
            second = layer.second_state + row * BLOCK
            _replace_at_end(lanes, layer.lengths, t, after + second, initial + second)


@inlined
def _replace_at_end(lanes: Floats, lengths: int, t: int, row: int, source: int) -> None:
    """In the lanes whose sequence ends with step t, set a row to another one, or to zero if `source` is -1."""
    for half in range(0, BLOCK, LANES):
        value = load(lanes, source + half) if source >= 0 else splat(f4(0.0))
        ends_here = load(lanes, lengths + half)
        store(lanes, row + half, select_equal(ends_here, splat(f4(t + 1)), value, load(lanes, row + half)))
