"""What a cell's step does, found out by running it with symbols."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from seqmem.cells.cell import Cell
from seqmem.graph.errors import UntraceableError
from seqmem.graph.nodes import Graph, Node
from seqmem.graph.symbol import Symbol


@dataclass(frozen=True)
class Step:
    """A cell's step as a graph.

    Attributes:
        x: The input's part of the gates, bias included.
        before: The states before the step.
        weights: The layer's parameters.
        after: The states after the step.
    """

    graph: Graph
    x: Symbol
    before: tuple[Symbol, ...]
    weights: dict[str, Symbol]
    after: tuple[Symbol, ...]


def trace(cell: Cell, hidden_size: int, input_size: int = 1) -> Step:
    """Run one step with symbols.

    Raises:
        UntraceableError: if it does what no graph has a rule for; names the operation and the line.
    """
    graph = Graph()
    shapes = cell.parameters(input_size, hidden_size)
    weights = {name: _leaf(graph, "weight", shape, name) for name, shape in shapes.items()}
    x = _leaf(graph, "input", shapes["weight_ih"][:1])
    before = tuple(_leaf(graph, "state", (hidden_size,), index) for index in range(len(cell.states)))
    try:
        after = cell.step(x, before, weights)  # type: ignore[arg-type]
    except UntraceableError:
        raise
    except Exception as error:  # whatever a cell's own code raises when its tensors are none
        raise UntraceableError(f"{type(error).__name__}: {error}") from error
    _check(cell, after, before)
    return Step(graph, x, before, weights, tuple(after))  # type: ignore[arg-type]


def identify(cell: Cell) -> Hashable:
    """What tells cells apart: class and attributes, or the object itself where these cannot be compared."""
    values = (type(cell), *sorted(vars(cell).items()))
    try:
        hash(values)
    except TypeError:
        return cell
    return values


def _leaf(graph: Graph, operation: str, shape: tuple[int, ...], *detail: str | int) -> Symbol:
    weight = operation == "weight"
    if weight and len(shape) > 2:
        raise UntraceableError(f"a weight of {len(shape)} axes, {detail[0]}")
    return Symbol(graph, graph.add(Node(operation, (), shape, not weight, detail)), weight and len(shape) == 2)


def _check(cell: Cell, after: object, before: tuple[Symbol, ...]) -> None:
    name = f"{type(cell).__name__}.step"
    if not isinstance(after, tuple) or len(after) != len(before):
        raise UntraceableError(f"{name} must return a tuple with a tensor for each of {', '.join(cell.states)}")
    for state, old, new in zip(cell.states, before, after, strict=True):
        if not isinstance(new, Symbol) or new.node.shape != old.node.shape:
            raise UntraceableError(f"{name} must return {state} as it was shaped")
