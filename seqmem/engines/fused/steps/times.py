"""From when until when a value stands in memory."""

from __future__ import annotations

from collections import defaultdict

from seqmem.engines.fused.steps.schedule import Part, Product, is_input, reads_from_memory
from seqmem.engines.fused.steps.views import find_view, is_aligned
from seqmem.graph.nodes import Graph


def find_times(graph: Graph, parts: list[Part], start: int = 0) -> tuple[dict[int, float], dict[int, float]]:
    """When a value is first written, and when it is last read from memory, if ever.

    Time runs from part to part: part i reads at 2 i and writes at 2 i + 1, for what a loop reads of a
    unit may stand where it then writes. What it reads in another order is read until it ends.

    Args:
        start: The number of the first part.
    """
    first: dict[int, float] = {}
    last: defaultdict[int, float] = defaultdict(lambda: -1.0)
    numbers = {id(part): number for number, part in enumerate(parts, start)}
    for number, part in enumerate(parts, start):
        if isinstance(part, Product):
            node = graph.nodes[part.index]
            first[part.index] = 2 * number if part.base is None else 2 * numbers[id(part.base)] + 1
            for own in node.inputs[node.detail[0] + 1 :: 2]:
                vector = find_view(graph, own).source
                last[vector] = max(last[vector], 2 * number + 1)
            if node.detail[0] and is_input(graph, node.inputs[0]):
                last[node.inputs[0]] = max(last[node.inputs[0]], 2 * number)
            if part.base is not None and node.inputs[0] not in part.base.nodes:
                last[node.inputs[0]] = max(last[node.inputs[0]], 2 * numbers[id(part.base)])
            continue
        first = dict.fromkeys([*part.nodes, *(join.whole for join in part.joins)], 2 * number + 1) | first
        read = [own for index in part.nodes for own in graph.nodes[index].inputs]
        read += [join.part for join in part.joins]
        for index in [*read, *(index for index, _ in part.stores)]:
            if graph.nodes[index].laned and reads_from_memory(graph, part, index):
                source, same = find_view(graph, index).source, is_aligned(graph, index, part.shape)
                last[source] = max(last[source], 2 * number + (not same or bool(part.joins)))
    return first, last
