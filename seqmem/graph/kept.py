"""What the way back must find: which values of the forward pass are kept, and which computed anew."""

from __future__ import annotations

from collections.abc import Iterable

from seqmem.graph.nodes import LEAVES, Graph

# What is computed again from what is kept, as that takes less than to keep it.
CHEAP = {
    *("add", "subtract", "multiply", "negate", "relu", "absolute", "minimum", "maximum"),
    *("less", "less_equal", "where", "detach"),
}


# What looks at a value in another way, and takes nothing.
VIEWS = {"slice", "reshape", "transpose"}


def list_kept(graph: Graph, forward: Iterable[int], backward: Iterable[int], free: Iterable[int]) -> list[int]:
    """Values of the forward pass that the way back reads, in order.

    Args:
        forward: What the forward pass computes for others.
        backward: What the way back computes.
        free: What is there anyway, such as states.
    """
    known, anyway = set(graph.list_needed(forward)), set(free)
    kept: set[int] = set()
    seen: set[int] = set()
    waiting = list(backward)
    while waiting:
        index = waiting.pop()
        if index in seen or index in anyway or not graph.nodes[index].laned:
            continue
        seen.add(index)
        name, inputs = graph.nodes[index].operation, graph.nodes[index].inputs
        of_leaf = name == "slice" and graph.nodes[inputs[0]].operation in LEAVES
        if of_leaf or (index in known and name not in (*CHEAP, *VIEWS)):
            kept.add(index)
        else:
            waiting += inputs
    return sorted(kept)
