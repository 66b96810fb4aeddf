"""What a cell's step does, found out by running it with symbols."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from seqmem.cells.cell import Cell
from seqmem.cells.checks import output_of
from seqmem.graph.errors import ContractError, UntraceableError
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
        output: Which of the states is the output.
    """

    graph: Graph
    x: Symbol
    before: tuple[Symbol, ...]
    weights: dict[str, Symbol]
    after: tuple[Symbol, ...]
    output: int = 0


def trace(cell: Cell, hidden_size: int, input_size: int = 1) -> Step:
    """Run one step with symbols.

    Raises:
        UntraceableError: if it does what no graph has a rule for; names the operation and the line.
        ContractError: if it does not return what it must.
    """
    graph = Graph()
    shapes = cell.parameters(input_size, hidden_size)
    weights = {name: _leaf(graph, "weight", shape, name) for name, shape in shapes.items()}
    x = _leaf(graph, "input", shapes["weight_ih"][:1])
    states = cell.state_shapes(hidden_size).values()
    before = tuple(_leaf(graph, "state", shape, index) for index, shape in enumerate(states))
    try:
        after = cell.step(x, before, weights)  # type: ignore[arg-type]
    except UntraceableError:
        raise
    except Exception as error:  # whatever a cell's own code raises when its tensors are none
        raise UntraceableError(f"{type(error).__name__}: {error}") from error
    _check(cell, after, before)
    output = cell.states.index(output_of(cell))
    return Step(graph, x, before, weights, tuple(after), output)  # type: ignore[arg-type]


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
        raise ContractError(f"{name} must return a tuple with a tensor for each of {', '.join(cell.states)}")
    for state, old, new in zip(cell.states, before, after, strict=True):
        if not isinstance(new, Symbol) or new.node.shape != old.node.shape or new.matrix:
            shape = ", ".join(map(str, old.node.shape))
            raise ContractError(f"{name} must return {state} as it was shaped, (M, B, {shape})")
