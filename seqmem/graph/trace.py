"""What a cell's step does, found out by running it with symbols."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from seqmem.cells.cell import Cell
from seqmem.cells.checks import output_of
from seqmem.graph.errors import ContractError, UntraceableError
from seqmem.graph.nodes import Graph, Node
from seqmem.graph.preparation import Preparation, give_weight, trace_preparation
from seqmem.graph.symbol import Symbol


@dataclass(frozen=True)
class Step:
    """A cell's step as a graph.

    Attributes:
        x: The input's part of the gates, bias included.
        before: The states before the step.
        weights: The layer's parameters and constants, and what is prepared of them.
        after: The states after the step.
        output: Which of the states is the output.
        preparation: What becomes of the weights before.
    """

    graph: Graph
    x: Symbol
    before: tuple[Symbol, ...]
    weights: dict[str, Symbol]
    after: tuple[Symbol, ...]
    output: int
    preparation: Preparation

    @property
    def trained(self) -> dict[str, Symbol]:
        """The weights that have a gradient."""
        fixed = self.preparation.constants.keys() - self.preparation.prepared.keys()
        return {name: symbol for name, symbol in self.weights.items() if name not in fixed}


def trace(cell: Cell, hidden_size: int, input_size: int = 1) -> Step:
    """Run one step with symbols.

    Raises:
        UntraceableError: if it does what no graph has a rule for; names the operation and the line.
        ContractError: if it does not return what it must.
    """
    preparation = trace_preparation(cell, hidden_size, input_size)
    graph, shapes = Graph(), preparation.in_steps
    weights = {name: give_weight(graph, name, shape) for name, shape in shapes.items()}
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
    return Step(graph, x, before, weights, tuple(after), output, preparation)  # type: ignore[arg-type]


def identify(cell: Cell) -> Hashable:
    """What tells cells apart: class and attributes, or the object itself where these cannot be compared."""
    values = (type(cell), *sorted(vars(cell).items()))
    try:
        hash(values)
    except TypeError:
        return cell
    return values


def _leaf(graph: Graph, operation: str, shape: tuple[int, ...], *detail: int) -> Symbol:
    return Symbol(graph, graph.add(Node(operation, (), shape, True, detail)))


def _check(cell: Cell, after: object, before: tuple[Symbol, ...]) -> None:
    name = f"{type(cell).__name__}.step"
    if not isinstance(after, tuple) or len(after) != len(before):
        raise ContractError(f"{name} must return a tuple with a tensor for each of {', '.join(cell.states)}")
    for state, old, new in zip(cell.states, before, after, strict=True):
        if not isinstance(new, Symbol) or new.node.shape != old.node.shape or new.matrix:
            shape = ", ".join(map(str, old.node.shape))
            raise ContractError(f"{name} must return {state} as it was shaped, (M, B, {shape})")
