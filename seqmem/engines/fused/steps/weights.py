"""Which numbers of a parameter a node stands for, and which a gradient belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from seqmem.engines.fused.steps.errors import UncompiledError
from seqmem.graph.nodes import Graph, Node


class Part(NamedTuple):
    """A block of a parameter; a vector has one column.

    Attributes:
        name: Of the parameter.
        width: Columns of the whole parameter.
        turned: Whether rows and columns are exchanged in what it stands for.
    """

    name: str
    row: int
    rows: int
    column: int
    columns: int
    width: int
    turned: bool = False

    @property
    def size(self) -> int:
        """Numbers, where they are neighbours.

        Raises:
            UncompiledError: if they are not.
        """
        if self.turned or self.columns not in (1, self.width):
            raise UncompiledError("a part of a matrix of weights that is taken unit by unit is not compiled")
        return self.rows * self.columns


def find_part(graph: Graph, index: int) -> Part:
    """The block of a parameter that a node stands for.

    Raises:
        UncompiledError: if it is computed from one.
    """
    node = graph.nodes[index]
    if node.operation == "weight":
        rows, columns = (*node.shape, 1)[:2]
        return Part(str(node.detail[0]), 0, rows, 0, columns, columns)
    if node.operation == "transpose":
        part = find_part(graph, node.inputs[0])
        return part._replace(turned=not part.turned)
    if node.operation == "slice":
        return _cut(find_part(graph, node.inputs[0]), node)
    if node.operation == "reshape" and node.shape[0] == 1:
        return _as_row(find_part(graph, node.inputs[0]))
    raise UncompiledError("a matrix that is computed from weights is not compiled")


def is_part(graph: Graph, index: int) -> bool:
    """Whether a node is a parameter, or a slice of one."""
    node = graph.nodes[index]
    return node.operation == "weight" or (node.operation == "slice" and is_part(graph, node.inputs[0]))


def _as_row(part: Part) -> Part:
    """A vector as a matrix of one row."""
    return part._replace(row=0, rows=1, column=part.row, columns=part.rows, width=part.row + part.rows)


def _cut(part: Part, node: Node) -> Part:
    axis, start, stop = node.detail
    is_row = len(node.shape) == 1 or (axis == -2) != part.turned
    if is_row:
        return part._replace(row=part.row + start, rows=stop - start)
    return part._replace(column=part.column + start, columns=stop - start)


class Contribution(NamedTuple):
    """What is summed over steps and sequences for the gradient of a parameter's block.

    Attributes:
        rows: The node whose numbers are the block's rows.
        columns: The node that it is multiplied with, or None for a vector.
    """

    part: Part
    rows: int
    columns: int | None

    @property
    def factors(self) -> list[int]:
        return [self.rows] if self.columns is None else [self.rows, self.columns]


def list_contributions(graph: Graph, index: int, part: Part) -> Iterator[Contribution]:
    """Take a gradient of a whole parameter apart."""
    node = graph.nodes[index]
    if node.operation == "zeros":
        return
    if node.operation == "sum_over_lanes":
        assert part.size  # or it is not compiled
        yield Contribution(part, node.inputs[0], None)
    elif node.operation == "outer_over_lanes":
        rows, columns = node.inputs
        straight = part._replace(turned=False)
        yield Contribution(straight, columns, rows) if part.turned else Contribution(straight, rows, columns)
    elif node.operation == "add":
        for own in node.inputs:
            yield from list_contributions(graph, own, part)
    elif node.operation == "reshape" and part.columns == 1 and graph.nodes[node.inputs[0]].shape[0] == 1:
        yield from list_contributions(graph, node.inputs[0], _as_row(part))
    elif node.operation == "transpose":
        yield from list_contributions(graph, node.inputs[0], part._replace(turned=not part.turned))
    elif node.operation == "concatenate":
        (axis,), start = node.detail, 0
        for own in node.inputs:
            stop = start + graph.nodes[own].shape[axis]
            cut = Node("slice", (), graph.nodes[own].shape, False, (axis, start, stop))
            yield from list_contributions(graph, own, _cut(part, cut))
            start = stop
    else:
        raise UncompiledError("a weight that passes through a function is not compiled")
