"""What becomes of weights once an update: before the steps, with the way back through that, and behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from seqmem.cells.cell import Cell
from seqmem.graph.differentiate import go_back
from seqmem.graph.errors import ContractError, UntraceableError
from seqmem.graph.nodes import Graph, Node
from seqmem.graph.symbol import Symbol


@dataclass(frozen=True)
class Preparation:
    """`Cell.prepare` and `Cell.project` as a graph, in which nothing differs from sequence to sequence.

    Attributes:
        given: The layer's parameters and constants.
        constants: Of them those that are not trained, and what they are.
        prepared: What stands in their place, or beside them.
        projected: What parameters become after an update.
    """

    graph: Graph
    given: dict[str, Symbol]
    constants: dict[str, NDArray[Any]]
    prepared: dict[str, Symbol]
    projected: dict[str, Symbol]

    @property
    def in_steps(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of all that the steps find."""
        return {name: symbol.node.shape for name, symbol in (self.given | self.prepared).items()}


def trace_preparation(cell: Cell, hidden_size: int, input_size: int) -> Preparation:
    """Run a cell's preparation and projection with symbols.

    Raises:
        UntraceableError: if it does what no graph has a rule for.
        ContractError: if it does not return what it must.
    """
    graph = Graph()
    constants = cell.constants(input_size, hidden_size)
    shapes = cell.parameters(input_size, hidden_size) | {name: value.shape for name, value in constants.items()}
    given = {name: give_weight(graph, name, shape) for name, shape in shapes.items()}
    prepared, projected = _run(cell, "prepare", given), _run(cell, "project", given)
    for name, value in projected.items():
        if name in constants or name not in given or value.node.shape != shapes[name]:
            raise ContractError(f"{type(cell).__name__}.project must return parameters as they were shaped, got {name}")
    for name in ("weight_ih", "bias_ih"):
        if name in prepared:
            raise ContractError(f"{type(cell).__name__}.prepare must leave {name} as it is")
    return Preparation(graph, given, constants, prepared, projected)


def _run(cell: Cell, method: str, given: dict[str, Symbol]) -> dict[str, Symbol]:
    try:
        found: object = getattr(cell, method)(given)
    except UntraceableError:
        raise
    except Exception as error:  # whatever a cell's own code raises when its tensors are none
        raise UntraceableError(f"{type(error).__name__}: {error}") from error
    if not isinstance(found, Mapping) or not all(isinstance(value, Symbol) for value in found.values()):
        raise ContractError(f"{type(cell).__name__}.{method} must return tensors by their names")
    return {name: _as_vector(value) for name, value in found.items()}


def _as_vector(value: Symbol) -> Symbol:
    """A matrix of one row as a vector, which has the same tensor; the steps may use it as either."""
    if value.matrix and value.node.shape[0] == 1:
        return Symbol(value.graph, value.shaped(value.node.shape[1:]).index)
    return value


def give_weight(graph: Graph, name: str, shape: tuple[int, ...]) -> Symbol:
    """A leaf for a weight, which is a vector or a matrix."""
    if len(shape) not in (1, 2):
        raise UntraceableError(f"a weight of {len(shape)} axes, {name}")
    return Symbol(graph, graph.add(Node("weight", (), shape, False, (name,))), len(shape) == 2)


def differentiate_preparation(preparation: Preparation) -> dict[str, Symbol]:
    """Gradients of parameters, from those of what was prepared: leaves, `gradient` with its name."""
    graph, pairs = preparation.graph, []
    for name, symbol in preparation.prepared.items():
        leaf = graph.add(Node("gradient", (), symbol.node.shape, False, (name,)))
        pairs.append((symbol, Symbol(graph, leaf, None)))
    trained = [symbol for name, symbol in preparation.given.items() if name not in preparation.constants]
    found = go_back(graph, pairs, trained)
    return {
        name: found[symbol.index]
        for name, symbol in preparation.given.items()
        if symbol.index in found and name not in preparation.constants
    }
