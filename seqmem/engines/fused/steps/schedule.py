"""In which order a step's nodes are computed: in loops over units, with products between them.

A loop computes all that it can, number by number, for as many units as it has. What waits for a
product, for a sum over units, or for a loop over other axes, belongs to a later one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from seqmem.engines.fused.steps.errors import UncompiledError
from seqmem.engines.fused.steps.homes import Home
from seqmem.engines.fused.steps.views import Shape, find_view, is_aligned, squeeze
from seqmem.graph.kept import CHEAP
from seqmem.graph.nodes import Graph, Node
from seqmem.graph.operations import POINTWISE

REDUCTIONS = ("sum", "amax")
VIEWS = ("reshape", "transpose", "slice")


class Join(NamedTuple):
    """A part that is written into a concatenation, `start` numbers and more from its first one on."""

    part: int
    whole: int
    start: int


@dataclass(eq=False)
class Loop:
    """Nodes that are computed side by side, unit by unit.

    Attributes:
        shape: Units along each axis; axes of one are left out.
        axis: The one along which sums are taken, if there are any: the innermost.
        nodes: In their order.
        stores: Nodes of the loop, or read by it, and where they are written.
        joins: The same of parts of concatenations, which stand wherever these do.
    """

    shape: Shape
    axis: int | None = None
    nodes: list[int] = field(default_factory=list)
    stores: list[tuple[int, Home]] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)

    @property
    def size(self) -> int:
        return math.prod(self.shape)


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


def list_sources(graph: Graph, index: int) -> Iterator[int]:
    """What a node is computed from, behind all views."""
    for own in graph.nodes[index].inputs:
        yield find_view(graph, own).source


def schedule(graph: Graph, wanted: Collection[int], given: Collection[int], laned: bool = True) -> list[Part]:
    """Order what some nodes need.

    Args:
        given: What is in memory already, or is no value of its own.
        laned: Leave out what is the same for all sequences.
    Raises:
        UncompiledError: if a node is none that can be compiled.
    """
    return _Scheduler(graph, wanted).run(given, laned)


class _Scheduler:
    def __init__(self, graph: Graph, wanted: Collection[int]) -> None:
        self.graph, self.wanted = graph, wanted
        self.levels: dict[int, int] = {}  # a node can be read by the loops of its level that have its shape
        self.products: dict[int, list[Product]] = {}
        self.loops: dict[tuple[int, Shape, int | None], Loop] = {}

    def run(self, given: Collection[int], laned: bool) -> list[Part]:
        for index in self.graph.list_needed(self.wanted, given):
            node = self.graph.nodes[index]
            is_view = find_view(self.graph, index).source != index
            if node.operation in ("number", "zeros") or is_view or (laned and not node.laned):
                continue
            if node.operation == "accumulate":
                self._add_product(index, node)
            elif node.operation in REDUCTIONS:
                self._add_reduction(index, node)
            elif node.operation in POINTWISE:
                shape = squeeze(node.shape)
                self.levels[index] = max((self._level(own, shape) for own in node.inputs), default=0)
                self._find_loop(self.levels[index], shape).nodes.append(index)
            elif node.operation == "concatenate":
                self._add_joins(index, node)
            else:
                raise UncompiledError(f"a {node.operation} of a computed value is not compiled")
        self._join_axes()
        _repeat_cheap(self.graph, self.wanted, self.products, list(self.loops.values()))
        return list(self._list_parts())

    def _find_loop(self, level: int, shape: Shape, axis: int | None = None) -> Loop:
        return self.loops.setdefault((level, shape, axis), Loop(shape, axis))

    def _level(self, index: int, shape: Shape) -> int:
        """The level at which a loop over a shape can read a node."""
        source = find_view(self.graph, index).source
        if source not in self.levels:
            return 0
        node = self.graph.nodes[source]
        waits = node.operation in POINTWISE and squeeze(node.shape) != () and not is_aligned(self.graph, index, shape)
        return self.levels[source] + waits

    def _add_product(self, index: int, node: Node) -> None:
        vectors = [find_view(self.graph, own).source for own in node.inputs[node.detail[0] + 1 :: 2]]
        first, base = max((self.levels[own] + 1 for own in vectors if own in self.levels), default=0), None
        if has_base_in_memory(self.graph, node):
            shape = squeeze(node.shape)
            level = self._level(node.inputs[0], shape)
            base = self._find_loop(level, shape)
            first = max(first, level + 1)
        self.levels[index] = first
        self.products.setdefault(first, []).append(Product(index, base))

    def _add_reduction(self, index: int, node: Node) -> None:
        full = self.graph.nodes[node.inputs[0]].shape
        shape = squeeze(full)
        axis = sum(size > 1 for size in full[: node.detail[0]])
        level = self._level(node.inputs[0], shape)
        self._find_loop(level, shape, axis if len(shape) > 1 else None).nodes.append(index)
        self.levels[index] = level + 1

    def _add_joins(self, index: int, node: Node) -> None:
        start, axis = 0, node.detail[0]
        step = math.prod(node.shape[axis:][1:])
        for own in node.inputs:
            shape = self.graph.nodes[own].shape
            level = self._level(own, squeeze(shape))
            self._find_loop(level, squeeze(shape)).joins.append(Join(own, index, start * step))
            self.levels[index] = max(self.levels.get(index, 0), level + 1)
            start += shape[axis]

    def _join_axes(self) -> None:
        """Let what has no axis of sums be computed with that along which most are taken."""
        for level, shape in {key[:2]: None for key in self.loops}:
            axes = {axis: loop for (at, own, axis), loop in self.loops.items() if (at, own) == (level, shape)}
            plain = axes.pop(None, None)
            if plain is None or not axes:
                continue
            sums = Counter({axis: len(loop.nodes) for axis, loop in axes.items()})
            axis = max(sums, key=lambda axis: (sums[axis], axis))
            plain.axis, plain.nodes = axis, sorted([*plain.nodes, *axes[axis].nodes])  # only sums have an axis
            del self.loops[level, shape, axis]

    def _list_parts(self) -> Iterator[Part]:
        last = max([*self.products, *(level for level, _, _ in self.loops)], default=-1)
        for level in range(last + 1):
            yield from self.products.get(level, [])
            keys = [key for key in self.loops if key[0] == level]
            yield from (
                self.loops[key] for key in sorted(keys, key=lambda k: (len(k[1]), k[1], k[2] is not None, k[2]))
            )


def _repeat_cheap(graph: Graph, wanted: Collection[int], products: dict[int, list[Product]], loops: list[Loop]) -> None:
    """What a later loop reads, and can itself compute as cheaply from memory, it does."""
    own = {index: loop for loop in loops for index in loop.nodes}
    cheap: set[int] = set()
    for index in sorted(own):
        inputs = list_sources(graph, index)
        if graph.nodes[index].operation in CHEAP and all(i not in own or i in cheap for i in inputs):
            cheap.add(index)
    read = {s for of_level in products.values() for p in of_level for s in list_sources(graph, p.index)}
    joined = [join.part for loop in loops for join in loop.joins]
    read |= {find_view(graph, index).source for index in (*wanted, *joined)}
    for loop in loops:
        added: set[int] = set()
        waiting = [given for index in loop.nodes for given in graph.nodes[index].inputs]
        while waiting:
            given = waiting.pop()
            index = find_view(graph, given).source
            if index in added or index not in cheap or own[index] is loop or own[index].shape != loop.shape:
                continue
            if is_aligned(graph, given, loop.shape):
                added.add(index)
                waiting += graph.nodes[index].inputs
        loop.nodes = sorted({*loop.nodes, *added})
    for loop in loops:
        for index in reversed(loop.nodes):
            used = any(other is loop or reads_from_memory(graph, other, given)
                       for other in loops for user in other.nodes for given in graph.nodes[user].inputs
                       if find_view(graph, given).source == index)  # fmt: skip
            if index in cheap and index not in read and not used:
                loop.nodes.remove(index)


def reads_from_memory(graph: Graph, loop: Loop, index: int) -> bool:
    """Whether a loop must have been written what it reads, as it computes that not, or otherwise."""
    return find_view(graph, index).source not in loop.nodes or not is_aligned(graph, index, loop.shape)
