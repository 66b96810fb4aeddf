"""The way back through a step: reverse mode, as further nodes of its graph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqmem.graph.nodes import Graph, Node
from seqmem.graph.operations import OPERATIONS, POINTWISE
from seqmem.graph.symbol import Symbol

if TYPE_CHECKING:
    from seqmem.graph.trace import Step

# What a vector of weights may pass through: its gradient is followed back for each sequence, and summed at the end.
PASSED = POINTWISE.keys() | {"sum", "amax"}


@dataclass(frozen=True)
class Gradients:
    """Gradients of whatever the states after a step lead to.

    Attributes:
        after: By the states after the step, given: leaves.
        x: By the input's part of the gates.
        before: By the states before the step.
        weights: By those parameters that the step uses, summed over the sequences.
    """

    after: tuple[Symbol, ...]
    x: Symbol
    before: tuple[Symbol, ...]
    weights: dict[str, Symbol]


def differentiate(step: Step) -> Gradients:
    """Add the way back to a step's graph."""
    given = tuple(_give(step, index) for index in range(len(step.after)))
    leaves = (step.x, *step.before, *step.trained.values())
    found = go_back(step.graph, zip(step.after, given, strict=True), leaves)

    def of(leaf: Symbol) -> Symbol:
        return found[leaf.index] if leaf.index in found else leaf.zeros(leaf.node.shape)

    weights = {name: found[leaf.index] for name, leaf in step.trained.items() if leaf.index in found}
    return Gradients(given, of(step.x), tuple(map(of, step.before)), weights)


def go_back(graph: Graph, pairs: Iterable[tuple[Symbol, Symbol]], leaves: Iterable[Symbol]) -> dict[int, Symbol]:
    """Follow gradients back to leaves; returns those of all nodes on the way, by index.

    Args:
        pairs: Results, each with its gradient.
    """
    found: dict[int, Symbol] = {}
    results = []
    for result, gradient in pairs:
        results.append(result.index)
        _add(found, result.index, gradient)
    needed = graph.list_needed(results)
    trained = _find_trained(graph, needed, leaves)
    for index in reversed(needed):
        if index not in found or graph.nodes[index].operation not in OPERATIONS:
            continue
        symbol = Symbol(graph, index, None)
        inputs = symbol.inputs
        passed = OPERATIONS[graph.nodes[index].operation].gradient(found[index], symbol, *inputs)
        for own, gradient in zip(inputs, passed, strict=True):
            if gradient is not None and own.index in trained:
                _add(found, own.index, _sum_repeated(gradient, own.node))
    return found


def _give(step: Step, index: int) -> Symbol:
    node = Node("gradient", (), step.after[index].node.shape, True, (index,))
    return Symbol(step.graph, step.graph.add(node), None)


def _add(found: dict[int, Symbol], index: int, gradient: Symbol) -> None:
    found[index] = found[index] + gradient if index in found else gradient


def _find_trained(graph: Graph, needed: list[int], leaves: Iterable[Symbol]) -> set[int]:
    """Nodes that follow from leaves, and so need a gradient."""
    trained = {leaf.index for leaf in leaves}
    for index in needed:
        if trained.intersection(graph.nodes[index].inputs):
            trained.add(index)
    return trained


def _sum_repeated(gradient: Symbol, node: Node) -> Symbol:
    """Sum a gradient over the units that one number was repeated for; over sequences where it has come to a weight."""
    for axis in range(-len(node.shape), 0):
        if node.shape[axis] == 1 and gradient.node.shape[axis] > 1:
            gradient = gradient.sum(axis, keepdim=True)
    if gradient.node.laned and not node.laned and node.operation not in PASSED:
        gradient = gradient.sum_over_lanes()
    return gradient
