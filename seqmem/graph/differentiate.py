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
    needed = graph.list_needed(state.index for state in step.after)
    given = tuple(_give(step, index) for index in range(len(step.after)))
    found: dict[int, Symbol] = {}
    for state, gradient in zip(step.after, given, strict=True):
        _add(found, state.index, gradient)
    trained = _find_trained(step, needed)
    for index in reversed(needed):
        if index not in found or nodes[index].operation not in OPERATIONS:
            continue
        symbol = Symbol(graph, index, None)
        inputs = symbol.inputs
        passed = OPERATIONS[nodes[index].operation].gradient(found[index], symbol, *inputs)
        for own, gradient in zip(inputs, passed, strict=True):
            if gradient is not None and own.index in trained:
                _add(found, own.index, _sum_repeated(gradient, own.node))

    def of(leaf: Symbol) -> Symbol:
        return found[leaf.index] if leaf.index in found else leaf.zeros(leaf.node.shape)

    weights = {name: found[leaf.index] for name, leaf in step.weights.items() if leaf.index in found}
    return Gradients(given, of(step.x), tuple(map(of, step.before)), weights)


def _give(step: Step, index: int) -> Symbol:
    node = Node("gradient", (), step.after[index].node.shape, True, (index,))
    return Symbol(step.graph, step.graph.add(node), None)


def _add(found: dict[int, Symbol], index: int, gradient: Symbol) -> None:
    found[index] = found[index] + gradient if index in found else gradient


def _find_trained(step: Step, needed: list[int]) -> set[int]:
    """Nodes that follow from the input, the states or a weight, and so need a gradient."""
    trained = {leaf.index for leaf in (step.x, *step.before, *step.weights.values())}
    for index in needed:
        if trained.intersection(step.graph.nodes[index].inputs):
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
