"""Floating-point operations of a step and the way back through it, from its graph.

An addition, a multiplication, a division and a comparison count one each, functions as
`operations` says, a product of a vector with R x C weights 2 R C; so does the gradient of such
weights, for each sequence.
"""

from __future__ import annotations

import math
from collections.abc import Hashable

from seqmem.cells.cell import Cell
from seqmem.graph.differentiate import differentiate
from seqmem.graph.nodes import Graph, Node
from seqmem.graph.operations import OPERATIONS
from seqmem.graph.trace import identify, trace

_COUNTED: dict[Hashable, int] = {}


def count_operations(cell: Cell, hidden_size: int) -> int:
    """Operations for one sequence and time step, forward and back, without the input's part of the gates.

    Raises:
        UntraceableError: if the step cannot be traced.
    """
    key = (identify(cell), hidden_size)
    if key not in _COUNTED:
        step = trace(cell, hidden_size)
        gradients = differentiate(step)
        wanted = [*step.after, gradients.x, *gradients.before, *gradients.weights.values()]
        nodes = step.graph.list_needed(symbol.index for symbol in wanted)
        _COUNTED[key] = sum(_count(step.graph, step.graph.nodes[index]) for index in nodes)
    return _COUNTED[key]


def _count(graph: Graph, node: Node) -> int:
    """Operations of a node; none if it is the same for all sequences."""
    if node.operation == "outer_over_lanes":
        return 2 * math.prod(node.shape)
    if node.operation == "sum_over_lanes":
        return math.prod(node.shape)
    if not node.laned or node.operation not in OPERATIONS:
        return 0
    if node.operation == "product":
        return 2 * math.prod(graph.nodes[node.inputs[0]].shape)
    if node.operation in ("sum", "amax"):
        return math.prod(graph.nodes[node.inputs[0]].shape)
    return OPERATIONS[node.operation].cost * math.prod(node.shape)
