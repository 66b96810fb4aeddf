"""What a graph means, in numpy: the plain semantics that compiled code is held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from seqmem.graph.nodes import LEAVES
from seqmem.graph.operations import OPERATIONS, Array
from seqmem.graph.symbol import Symbol


def evaluate(wanted: Iterable[Symbol], given: Mapping[int, Array]) -> list[Array]:
    """Compute symbols of one graph.

    Args:
        given: The values of leaves by their indices: (B, ..) for what differs from sequence to
            sequence, (..) for weights.
    """
    wanted = list(wanted)
    graph = wanted[0].graph
    values = dict(given)
    for index in graph.list_needed(symbol.index for symbol in wanted):
        node = graph.nodes[index]
        if node.operation == "number":
            values[index] = np.array(node.detail[0])
        elif node.operation == "zeros":
            values[index] = np.zeros(node.shape)
        elif node.operation not in LEAVES:
            inputs = [values[own] for own in node.inputs]
            values[index] = OPERATIONS[node.operation].value(node, *inputs)
    return [values[symbol.index] for symbol in wanted]
