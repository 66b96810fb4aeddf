"""The way back through a step: reverse mode, as further nodes of its graph."""

from __future__ import annotations

from dataclasses import dataclass

from seqmem.graph.nodes import Node
from seqmem.graph.operations import OPERATIONS, POINTWISE
from seqmem.graph.symbol import Symbol
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
    graph = step.graph
    nodes = graph.nodes
    needed = graph.list_needed(state.place for state in step.after)
    given = tuple(_give(step, place) for place in range(len(step.after)))
    found: dict[int, Symbol] = {}
    for state, gradient in zip(step.after, given, strict=True):
        _add(found, state.place, gradient)
    trained = _find_trained(step, needed)
    for place in reversed(needed):
        if place not in found or nodes[place].operation not in OPERATIONS:
            continue
        symbol = Symbol(graph, place, None)
        inputs = symbol.inputs
        passed = OPERATIONS[nodes[place].operation].gradient(found[place], symbol, *inputs)
        for own, gradient in zip(inputs, passed, strict=True):
            if gradient is not None and own.place in trained:
                _add(found, own.place, _sum_repeated(gradient, own.node))

    def of(leaf: Symbol) -> Symbol:
        return found[leaf.place] if leaf.place in found else leaf.zeros(leaf.node.shape)

    weights = {name: found[leaf.place] for name, leaf in step.weights.items() if leaf.place in found}
    return Gradients(given, of(step.x), tuple(map(of, step.before)), weights)


def _give(step: Step, place: int) -> Symbol:
    node = Node("gradient", (), step.after[place].node.shape, True, (place,))
    return Symbol(step.graph, step.graph.add(node), None)


def _add(found: dict[int, Symbol], place: int, gradient: Symbol) -> None:
    found[place] = found[place] + gradient if place in found else gradient


def _find_trained(step: Step, needed: list[int]) -> set[int]:
    """Nodes that follow from the input, the states or a weight, and so need a gradient."""
    trained = {leaf.place for leaf in (step.x, *step.before, *step.weights.values())}
    for place in needed:
        if trained.intersection(step.graph.nodes[place].inputs):
            trained.add(place)
    return trained


def _sum_repeated(gradient: Symbol, node: Node) -> Symbol:
    """Sum a gradient over the units that one number was repeated for; over sequences where it has come to a weight."""
    for axis in range(-len(node.shape), 0):
        if node.shape[axis] == 1 and gradient.node.shape[axis] > 1:
            gradient = gradient.sum(axis, keepdim=True)
    if gradient.node.laned and not node.laned and node.operation not in PASSED:
        gradient = gradient.sum_over_lanes()
    return gradient
