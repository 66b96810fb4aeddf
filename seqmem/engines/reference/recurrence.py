"""One layer in one direction on the reference engine: a cell's steps, strung together over time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from seqmem.cells.cell import Cell, State
from seqmem.cells.checks import output_of
from seqmem.job.network import Layer, Network


class Steps(NamedTuple):
    """The steps of a batch.

    lengths: (M, B).
    common: How many all sequences have, as far as that is known.
    reversed: (M, B, T), the steps in the order of a reverse layer: each sequence's own from its end, then the rest.
    """

    lengths: Tensor
    common: int
    reversed: Tensor


def run_layer(
    cell: Cell,
    layer: Layer,
    weights: Mapping[str, Tensor],
    gates: Tensor,
    steps: Steps,
    initial: Tensor | None,
    every_step: bool,
) -> tuple[Tensor, State]:
    """Run a layer over a batch.

    Args:
        weights: The network's.
        gates: (M, B, T, G), the input's part.
        initial: (M, B, S), all states one behind the other; None for those of the cell.
    Returns:
        The outputs, (M, B, T, H), and the states after each sequence's last step, (M, B, ..), or,
        with `every_step`, after each of its steps, (M, B, T, ..).
    """
    order = steps.reversed if layer.reverse else None
    own = _list_weights(cell, layer, weights)
    own |= cell.prepare(own)
    if order is not None:
        gates = _reorder(gates, order)
    state = _start(cell, layer, gates[:, :, 0], initial)
    output = cell.states.index(output_of(cell))
    after: list[State] = []
    for step, x in enumerate(gates.unbind(2)):
        new = _check(cell, cell.step(x, state, own), state)
        if step >= steps.common:  # a state that ran on beyond its sequence could grow until its zero gradient is NaN
            ended = step >= steps.lengths  # M, B
            new = tuple(_hold(ended, *pair) for pair in zip(state, new, strict=True))
        state = new
        after.append(state if every_step else (state[output],))
    joined = tuple(_join_steps(values, order) for values in zip(*after, strict=True))
    return (joined[output], joined) if every_step else (joined[0], state)


def project(network: Network, weights: Mapping[str, Tensor]) -> None:
    """Set weights to what the cell makes of them after an update."""
    for layer in network.layers:
        given = _list_weights(network.cell, layer, weights)
        for name, value in network.cell.project(given).items():
            given[name].copy_(value)


def _list_weights(cell: Cell, layer: Layer, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Parameters, as views, and constants of a layer; vectors are (M, 1, size)."""
    sizes = layer.input_size, layer.hidden_size
    own = {name: weights[f"recurrent.{name}{layer.suffix}"] for name in cell.parameters(*sizes)}
    constants = {
        name: torch.from_numpy(value).to(own["weight_ih"])[None] for name, value in cell.constants(*sizes).items()
    }
    return {name: value.unsqueeze(1) if value.dim() == 2 else value for name, value in (own | constants).items()}


def _start(cell: Cell, layer: Layer, like: Tensor, initial: Tensor | None) -> State:
    """The states before the first step."""
    shapes = cell.state_shapes(layer.hidden_size)
    if initial is None:
        values = [cell.initial_states().get(name, 0.0) for name in shapes]
        return tuple(
            like.new_full((*like.shape[:2], *shape), value)
            for shape, value in zip(shapes.values(), values, strict=True)
        )
    parts = torch.split(initial, [math.prod(shape) for shape in shapes.values()], dim=-1)
    return tuple(part.reshape(*part.shape[:-1], *shape) for part, shape in zip(parts, shapes.values(), strict=True))


def _check(cell: Cell, after: object, before: State) -> State:
    """The states that a step returns.

    Raises:
        ValueError: if that is no tuple with a tensor for each state, shaped as before.
    """
    name = f"{type(cell).__name__}.step"
    if not isinstance(after, tuple) or len(after) != len(before):
        raise ValueError(f"{name} must return a tuple with a tensor for each of {', '.join(cell.states)}")
    for state, old, new in zip(cell.states, before, after, strict=True):
        if not isinstance(new, Tensor) or new.shape[2:] != old.shape[2:]:
            shape = ", ".join(map(str, old.shape[2:]))
            raise ValueError(f"{name} must return {state} as it was shaped, (M, B, {shape})")
    return tuple(new.expand_as(old) for old, new in zip(before, after, strict=True))


def _hold(ended: Tensor, old: Tensor, new: Tensor) -> Tensor:
    """A state, (M, B, ..), left as it was where a sequence has ended."""
    return torch.where(ended.view(*ended.shape, *[1] * (old.dim() - 2)), old, new)


def _join_steps(values: Sequence[Tensor], order: Tensor | None) -> Tensor:
    """A value at each step, (M, B, ..), in the order of the sequence, (M, B, T, ..)."""
    joined = torch.stack(list(values), dim=2)
    return joined if order is None else _reorder(joined, order)


def _reorder(x: Tensor, order: Tensor) -> Tensor:
    return x.gather(2, order.view(*order.shape, *[1] * (x.dim() - 3)).expand_as(x))
