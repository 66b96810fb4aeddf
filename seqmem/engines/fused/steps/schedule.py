"""In which order a step's nodes are computed: in loops over units, with products between them.

A loop computes all that it can, number by number, for as many units as it has. What waits for a
product, or for a sum over units, belongs to a later one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from seqmem.engines.fused.steps.homes import Home
from seqmem.graph.kept import CHEAP
from seqmem.graph.nodes import Graph, Node
from seqmem.graph.operations import POINTWISE

REDUCTIONS = ("sum", "amax")


class UncompiledError(ValueError):
    """What the graph holds and compiled code does not; the message is a clause."""


@dataclass(eq=False)
class Loop:
    """Nodes that are computed side by side, unit by unit.

    Attributes:
        size: Units.
        nodes: In their order.
        stores: Nodes of the loop, or read by it, and where they are written.
    """

    size: int
    nodes: list[int] = field(default_factory=list)
    stores: list[tuple[int, Home]] = field(default_factory=list)


@dataclass(eq=False)
class Product:
    """An accumulation: products that are added up in place.

    Attributes:
        base: The loop that must write what they are added to, if there is one.
    """

    index: int
    base: Loop | None = None


Part = Loop | Product


def has_base_in_memory(graph: Graph, node: Node) -> bool:
    """Whether an accumulation begins with a value that a loop must have written where it adds up."""
    return node.detail == (True,) and graph.nodes[node.inputs[0]].laned and not is_input(graph, node.inputs[0])


def is_input(graph: Graph, index: int) -> bool:
    """Whether a node is the input's part, or a slice of it."""
    node = graph.nodes[index]
    return node.operation == "input" or (node.operation == "slice" and graph.nodes[node.inputs[0]].operation == "input")


def schedule(graph: Graph, wanted: Collection[int], given: Collection[int], laned: bool = True) -> list[Part]:
    """Order what some nodes need.

    Args:
        given: What is in memory already, or is no value of its own.
        laned: Leave out what is the same for all sequences.
    Raises:
        UncompiledError: if a node is none that can be compiled.
    """
    levels: dict[int, int] = {}  # a node can be read by the loops of its level
    products: dict[int, list[Product]] = {}
    loops: dict[tuple[int, int], Loop] = {}
    for index in graph.list_needed(wanted, given):
        node = graph.nodes[index]
        if node.operation in ("number", "zeros") or (laned and not node.laned):
            continue
        if len(node.shape) != 1:
            raise UncompiledError("states and values that are matrices are not compiled")
        inputs = [levels.get(own, 0) for own in node.inputs]
        if node.operation == "accumulate":
            vectors = node.inputs[node.detail[0] + 1 :: 2]
            first = max((levels[own] + 1 for own in vectors if own in levels), default=0)
            base = None
            if has_base_in_memory(graph, node):
                level = levels.get(node.inputs[0], 0)
                base = loops.setdefault((level, node.shape[0]), Loop(node.shape[0]))
                first = max(first, level + 1)
            levels[index] = first
            products.setdefault(first, []).append(Product(index, base))
        elif node.operation in REDUCTIONS:
            level, size = max(inputs), graph.nodes[node.inputs[0]].shape[0]
            loops.setdefault((level, size), Loop(size)).nodes.append(index)
            levels[index] = level + 1
        elif node.operation in POINTWISE:
            levels[index] = max(inputs, default=0)
            loops.setdefault((levels[index], node.shape[0]), Loop(node.shape[0])).nodes.append(index)
        else:
            raise UncompiledError(f"a {node.operation} of a computed value is not compiled")
    _repeat_cheap(graph, wanted, products, loops)
    parts: list[Part] = []
    for level in range(max([*products, *(level for level, _ in loops)], default=-1) + 1):
        parts += products.get(level, [])
        parts += [loops[key] for key in sorted(loops) if key[0] == level]
    return parts


def _repeat_cheap(
    graph: Graph, wanted: Collection[int], products: dict[int, list[Product]], loops: dict[tuple[int, int], Loop]
) -> None:
    """What a later loop reads, and can itself compute as cheaply from memory, it does."""
    own = {index: loop for loop in loops.values() for index in loop.nodes}
    cheap: set[int] = set()
    for index in sorted(own):
        if graph.nodes[index].operation in CHEAP and all(i not in own or i in cheap for i in graph.nodes[index].inputs):
            cheap.add(index)
    read = {index for own_products in products.values() for p in own_products for index in graph.nodes[p.index].inputs}
    read |= set(wanted)
    for loop in loops.values():
        added: set[int] = set()
        waiting = [own for index in loop.nodes for own in graph.nodes[index].inputs]
        while waiting:
            index = waiting.pop()
            if index in cheap and index not in added and own[index] is not loop and own[index].size == loop.size:
                added.add(index)
                waiting += graph.nodes[index].inputs
        loop.nodes = sorted({*loop.nodes, *added})
    for loop in loops.values():
        used = {own for index in loop.nodes for own in graph.nodes[index].inputs}
        for index in reversed(loop.nodes):
            others = any(index in graph.nodes[user].inputs and index not in other.nodes
                         for other in loops.values() for user in other.nodes)  # fmt: skip
            if index in cheap and index not in read | used and not others:
                loop.nodes.remove(index)
                used = {own for index in loop.nodes for own in graph.nodes[index].inputs}
