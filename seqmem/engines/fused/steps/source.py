"""The source of a compiled loop: its nodes, number by number, in vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from seqmem.engines.fused.steps.homes import BASES, Home
from seqmem.engines.fused.steps.schedule import REDUCTIONS, Loop, reads_from_memory
from seqmem.engines.fused.steps.views import Shape, find_view, row_by_row
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


class Place(NamedTuple):
    """Where a loop reads or writes: its first row, and how many rows on it is for each of the loop's axes."""

    home: Home
    strides: tuple[int, ...]


class Source(NamedTuple):
    """A loop's text, and what it is called with.

    places: Where the values are that it reads, and then writes.
    sizes: Units along each of the loop's axes, the innermost last.
    in_rows: Whether it goes through rows one by one: then it takes their number and where each
        place begins. If not, it takes the sizes, and behind where each place begins its strides.
    """

    text: str
    places: tuple[Place, ...]
    sizes: Shape
    in_rows: bool

    def list_numbers(self, block: int, offset: Callable[[Home], int]) -> list[int]:
        """The numbers that it is called with.

        Args:
            block: Numbers in a row.
            offset: Where a home is, from the base that the loop knows.
        """
        if self.in_rows:
            count = self.sizes[0] if self.sizes else 1
            return [count * block, *(offset(place.home) for place in self.places)]
        numbers = list(self.sizes)
        for place in self.places:
            numbers += [offset(place.home), *(stride * block for stride in place.strides)]
        return numbers


def write(graph: Graph, loop: Loop, home: Callable[[int], Home]) -> Source:
    """Write a loop down; `home` tells where a value stands that it reads."""
    return _Writer(graph, loop, home).write()


class _Writer:
    def __init__(self, graph: Graph, loop: Loop, home: Callable[[int], Home]) -> None:
        self.graph, self.loop, self.home = graph, loop, home
        self.axes = list(range(len(loop.shape)))  # in the order of the loops
        if loop.axis is not None:
            self.axes.append(self.axes.pop(loop.axis))
        self.names: dict[int, str] = {}
        self.places: list[Place] = []
        self.splats: list[str] = []
        self.loads: list[tuple[str, int]] = []  # names, and their places
        self.starts: list[str] = []  # of sums
        self.lines: list[str] = []
        self.stores: list[tuple[str, int, bool]] = []  # and whether it is a sum

    def write(self) -> Source:
        for index in self.loop.nodes:
            for given in self.graph.nodes[index].inputs:
                self._read(given, self._full_shape(index))
        for index, _ in self.loop.stores:
            if index not in self.loop.nodes:
                self._read(index, self.graph.nodes[index].shape)
        for join in self.loop.joins:
            self._read(join.part, self.graph.nodes[join.part].shape)
        for index in self.loop.nodes:
            self._compute(index)
        for index, target in self.loop.stores:
            reduced = index in self.loop.nodes and self.graph.nodes[index].operation in REDUCTIONS
            strides = row_by_row(self.graph.nodes[index].shape)
            full = self._full_shape(index) if index in self.loop.nodes else self.graph.nodes[index].shape
            self.stores.append((self._name(index), self._place(target, strides, full), reduced))
        for join in self.loop.joins:
            home, strides = self.home(join.whole), row_by_row(self.graph.nodes[join.whole].shape)
            place = self._place(home._replace(row=home.row + join.start), strides, self.graph.nodes[join.part].shape)
            self.stores.append((self._name(join.part), place, False))
        in_rows = len(self.axes) <= 1 and all(place.strides in ((), (0,), (1,)) for place in self.places)
        sizes = tuple(self.loop.shape[axis] for axis in self.axes)
        return Source(_InRows(self).join() if in_rows else _InAxes(self).join(), tuple(self.places), sizes, in_rows)

    def _full_shape(self, index: int) -> Shape:
        """The shape, with axes of one, over which a node is computed."""
        node = self.graph.nodes[index]
        return self.graph.nodes[node.inputs[0]].shape if node.operation in REDUCTIONS else node.shape

    def _place(self, home: Home, strides: Sequence[int], full: Shape) -> int:
        """The number of a place, of which strides are known for the axes of a shape."""
        own = [stride for stride, size in zip(strides, full, strict=True) if size > 1]
        self.places.append(Place(home, tuple(own[axis] for axis in self.axes)))
        return len(self.places)

    def _read(self, index: int, full: Shape) -> None:
        if index in self.names or not reads_from_memory(self.graph, self.loop, index):
            return
        node = self.graph.nodes[index]
        name = self.names[index] = f"v{len(self.names)}"
        if node.operation in ("number", "zeros"):
            value = node.detail[0] if node.operation == "number" else 0.0
            self.splats.append(f"{name} = splat(f4({value!r}))")
            return
        view = find_view(self.graph, index)
        home = self.home(view.source)
        self.loads.append((name, self._place(home._replace(row=home.row + view.start), view.strides, full)))

    def _name(self, index: int) -> str:
        own = not reads_from_memory(self.graph, self.loop, index)
        return self.names[find_view(self.graph, index).source if own else index]

    def _compute(self, index: int) -> None:
        node = self.graph.nodes[index]
        given = [self._name(own) for own in node.inputs]
        name = self.names[index] = f"v{len(self.names)}"
        if node.operation in REDUCTIONS:
            start = "0.0" if node.operation == "sum" else "-np.inf"
            self.starts.append(f"{name} = splat(f4({start}))")
            line = f"{name} + {given[0]}" if start == "0.0" else f"maximum({name}, {given[0]})"
        elif node.operation in SIGNS:
            line = f"{given[0]} {SIGNS[node.operation]} {given[1]}"
        elif node.operation == "negate":
            line = f"zero - {given[0]}"
        elif node.operation == "less":
            line = f"select_less({given[0]}, {given[1]}, one, zero)"
        elif node.operation == "less_equal":
            line = f"select_less({given[1]}, {given[0]}, zero, one)"
        elif node.operation == "where":
            line = f"select_equal({given[0]}, zero, {given[2]}, {given[1]})"
        else:
            line = f"{CALLS[node.operation]}({', '.join(given)})"
        self.lines.append(f"{name} = {line}")


class _InRows:
    """A loop through rows that stand one behind the other."""

    def __init__(self, writer: _Writer) -> None:
        self.writer = writer

    def join(self) -> str:
        writer = self.writer
        start = [HEAD, "    count = read_integer(numbers, 0)"]
        start += [f"    a{n} = {_base(p)}read_integer(numbers, {n})" for n, p in enumerate(writer.places, 1)]
        start += _indent(writer.splats, 1) + _constants(writer.lines)
        single = [name for name, place in writer.loads if writer.places[place - 1].strides == (0,)]
        loads = [f"{name} = load(lanes, a{place} + offset)" for name, place in writer.loads if name not in single]
        stores = [f"store(lanes, a{place} + offset, {name})" for name, place, is_sum in writer.stores if not is_sum]
        body = [*loads, *writer.lines, *stores]
        before = [f"{name} = load(lanes, a{place} + half)" for name, place in writer.loads if name in single]
        before += writer.starts
        behind = [f"store(lanes, a{place} + half, {name})" for name, place, is_sum in writer.stores if is_sum]
        if not (before or behind):
            return "\n".join([*start, "    for offset in range(0, count, LANES):", *_indent(body, 2), ""])
        inner = ["        for offset in range(half, count, BLOCK):", *_indent(body, 3)]
        outer = [*_indent(before, 2), *inner, *_indent(behind, 2)]
        return "\n".join([*start, "    for half in range(0, BLOCK, LANES):", *outer, ""])


class _InAxes:
    """Loops within each other, one for each axis; what does not change along an axis is read before."""

    def __init__(self, writer: _Writer) -> None:
        self.writer, self.count = writer, len(writer.axes)

    def join(self) -> str:
        writer, count = self.writer, self.count
        lines = [HEAD, *(f"    n{axis} = read_integer(numbers, {axis})" for axis in range(count))]
        for number, place in enumerate(writer.places, 1):
            first = count + (number - 1) * (count + 1)
            lines.append(f"    a{number} = {_base(place)}read_integer(numbers, {first})")
            strides = [axis for axis in range(count) if place.strides[axis]]
            lines += [f"    s{number}_{axis} = read_integer(numbers, {first + 1 + axis})" for axis in strides]
        lines += _indent(writer.splats, 1) + _constants(writer.lines)
        lines.append("    for half in range(0, BLOCK, LANES):")
        for depth in range(count + 1):
            loads = [name_place for name_place in writer.loads if self._depth(name_place[1]) == depth]
            lines += _indent([f"{name} = load(lanes, {self._address(place)})" for name, place in loads], depth + 2)
            if depth == count - 1:
                lines += _indent(writer.starts, depth + 2)
            if depth < count:
                lines.append(f"{'    ' * (depth + 2)}for i{depth} in range(n{depth}):")
        lines += _indent(writer.lines, count + 2)
        for sums in (False, True):
            stores = [f"store(lanes, {self._address(place)}, {name})" for name, place, is_sum in writer.stores
                      if is_sum == sums]  # fmt: skip
            lines += _indent(stores, count + 2 - sums)
        return "\n".join([*lines, ""])

    def _depth(self, place: int) -> int:
        """Within how many loops a place moves."""
        strides = self.writer.places[place - 1].strides
        return max((axis + 1 for axis, stride in enumerate(strides) if stride), default=0)

    def _address(self, place: int) -> str:
        strides = self.writer.places[place - 1].strides
        steps = [f"i{axis} * s{place}_{axis}" for axis, stride in enumerate(strides) if stride]
        return " + ".join([f"a{place}", "half", *steps])


def _base(place: Place) -> str:
    base = place.home.base
    return "" if base == "fixed" else "kept + " if base in ("memory", "earlier") else f"{base} + "


def _constants(lines: Sequence[str]) -> list[str]:
    needed = any(name in " ".join(lines) for name in ("zero", "one"))
    return ["    zero, one = splat(f4(0.0)), splat(f4(1.0))"] if needed else []


def _indent(lines: Sequence[str], depth: int) -> list[str]:
    return [f"{'    ' * depth}{line}" for line in lines]
