"""The source of a compiled loop: its nodes, number by number, in vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from seqmem.engines.fused.steps.homes import BASES, Home
from seqmem.engines.fused.steps.schedule import REDUCTIONS, Loop
from seqmem.graph.nodes import Graph

CALLS = {
    **{
        name: name for name in ("sigmoid", "tanh", "relu", "softplus", "exp", "log", "sin", "cos", "minimum", "maximum")
    },
    "sqrt": "square_root",
    "absolute": "absolute",
    "detach": "",
}
SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
HEAD = f"def loop(lanes, numbers, {', '.join(BASES[1:])}):"


class Source(NamedTuple):
    """A loop's text, and what it is called with.

    homes: Where the values are that it reads, and then writes: the numbers that it takes,
        behind how many numbers a row of vectors has.
    """

    text: str
    homes: tuple[Home, ...]


def write(graph: Graph, loop: Loop, home: Callable[[int], Home]) -> Source:
    """Write a loop down; `home` tells where a value stands that it reads."""
    return _Writer(graph, loop, home).write()


class _Writer:
    def __init__(self, graph: Graph, loop: Loop, home: Callable[[int], Home]) -> None:
        self.graph, self.loop, self.home = graph, loop, home
        self.names: dict[int, str] = {}
        self.homes: list[Home] = []
        self.constants: list[str] = []  # before all
        self.single: list[str] = []  # what one row holds for all units
        self.loads: list[str] = []
        self.lines: list[str] = []
        self.stores: list[str] = []
        self.last: list[str] = []  # behind the units: what sums came to

    def write(self) -> Source:
        own = set(self.loop.nodes)
        for index in [*self.loop.nodes, *(index for index, _ in self.loop.stores)]:
            for given in self.graph.nodes[index].inputs if index in own else [index]:
                if given not in own and given not in self.names:
                    self._read(given)
        for index in self.loop.nodes:
            self._compute(index)
        for index, target in self.loop.stores:
            reduced = self.graph.nodes[index].operation in REDUCTIONS and index in own
            first = self._offset(target)
            line = f"store(lanes, {first} + {'half' if reduced else 'offset'}, {self.names[index]})"
            (self.last if reduced else self.stores).append(line)
        return Source(self._join(), tuple(self.homes))

    def _offset(self, home: Home) -> str:
        self.homes.append(home)
        number = len(self.homes)
        base = "" if home.base == "fixed" else "kept + " if home.base in ("memory", "earlier") else f"{home.base} + "
        self.constants.append(f"a{number} = {base}read_integer(numbers, {number})")
        return f"a{number}"

    def _read(self, index: int) -> None:
        node = self.graph.nodes[index]
        name = self.names[index] = f"v{len(self.names)}"
        if node.operation in ("number", "zeros"):
            value = node.detail[0] if node.operation == "number" else 0.0
            self.constants.append(f"{name} = splat(f4({value!r}))")
            return
        first = self._offset(self.home(index))
        if node.shape == (1,) != (self.loop.size,):
            self.single.append(f"{name} = load(lanes, {first} + half)")
        else:
            self.loads.append(f"{name} = load(lanes, {first} + offset)")

    def _compute(self, index: int) -> None:
        node = self.graph.nodes[index]
        given = [self.names[own] for own in node.inputs]
        name = self.names[index] = f"v{len(self.names)}"
        if node.operation in REDUCTIONS:
            start = "0.0" if node.operation == "sum" else "-np.inf"
            self.single.append(f"{name} = splat(f4({start}))")
            self.lines.append(
                f"{name} = {name} + {given[0]}" if start == "0.0" else f"{name} = maximum({name}, {given[0]})"
            )
        elif node.operation in SIGNS:
            self.lines.append(f"{name} = {given[0]} {SIGNS[node.operation]} {given[1]}")
        elif node.operation == "negate":
            self.lines.append(f"{name} = zero - {given[0]}")
        elif node.operation == "less":
            self.lines.append(f"{name} = select_less({given[0]}, {given[1]}, one, zero)")
        elif node.operation == "less_equal":
            self.lines.append(f"{name} = select_less({given[1]}, {given[0]}, zero, one)")
        elif node.operation == "where":
            self.lines.append(f"{name} = select_equal({given[0]}, zero, {given[2]}, {given[1]})")
        else:
            self.lines.append(f"{name} = {CALLS[node.operation]}({', '.join(given)})")

    def _join(self) -> str:
        start = [HEAD, "    count = read_integer(numbers, 0)"]
        start += [f"    {line}" for line in self.constants]
        body = [*self.loads, *self.lines, *self.stores]
        if any(name in " ".join(body) for name in ("zero", "one")):
            start.append("    zero, one = splat(f4(0.0)), splat(f4(1.0))")
        if not (self.single or self.last):
            return "\n".join([*start, "    for offset in range(0, count, LANES):", *_indent(body, 2), ""])
        inner = ["        for offset in range(half, count, BLOCK):", *_indent(body, 3)]
        outer = [*_indent(self.single, 2), *inner, *_indent(self.last, 2)]
        return "\n".join([*start, "    for half in range(0, BLOCK, LANES):", *outer, ""])


def _indent(lines: Sequence[str], depth: int) -> list[str]:
    return [f"{'    ' * depth}{line}" for line in lines]
