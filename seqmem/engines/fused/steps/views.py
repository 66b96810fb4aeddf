"""Values that are others, looked at in another way: reshaped, transposed or cut, without a number moved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from seqmem.engines.fused.steps.errors import UncompiledError
from seqmem.graph.nodes import LEAVES, Graph

Shape = tuple[int, ...]


class View(NamedTuple):
    """Where a value's numbers are among those of another one, which has its own memory.

    Attributes:
        source: That node.
        start: The first number.
        strides: From unit to unit of each axis; 0 for an axis of one.
    """

    source: int
    start: int
    strides: tuple[int, ...]


def find_view(graph: Graph, index: int) -> View:
    """What a node looks at: itself, if it is computed or given."""
    node = graph.nodes[index]
    if node.operation not in ("reshape", "transpose", "slice") or _is_leafs_slice(graph, index):
        return View(index, 0, row_by_row(node.shape))
    view = find_view(graph, node.inputs[0])
    shape = graph.nodes[node.inputs[0]].shape
    if node.operation == "transpose":
        *outer, row, column = view.strides
        return view._replace(strides=(*outer, column, row))
    if node.operation == "slice":
        axis, start, _ = node.detail
        strides = [stride if size > 1 else 0 for stride, size in zip(view.strides, node.shape, strict=True)]
        return view._replace(start=view.start + start * view.strides[axis], strides=tuple(strides))
    return view._replace(strides=_reshape(view, shape, node.shape))


def row_by_row(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of a value that stands in memory by itself."""
    return tuple(math.prod(shape[axis + 1 :]) if size > 1 else 0 for axis, size in enumerate(shape))


def squeeze(shape: Sequence[int]) -> Shape:
    """A shape without its axes of one."""
    return tuple(size for size in shape if size > 1)


def is_whole(graph: Graph, index: int) -> bool:
    """Whether a node's numbers are those of its source, in their order."""
    view, shape = find_view(graph, index), graph.nodes[index].shape
    count = math.prod(graph.nodes[view.source].shape)
    return math.prod(shape) == count and view.start == 0 and view.strides == row_by_row(shape)


def is_aligned(graph: Graph, index: int, shape: Shape) -> bool:
    """Whether a loop over a shape finds the units of a node's source one by one, as that was computed."""
    source = graph.nodes[find_view(graph, index).source]
    return squeeze(graph.nodes[index].shape) == squeeze(source.shape) == shape and is_whole(graph, index)


def find_row(graph: Graph, index: int) -> int:
    """The first row of a node among those of its source.

    Raises:
        UncompiledError: if its numbers are no neighbours there, as a product's must be.
    """
    view, shape = find_view(graph, index), graph.nodes[index].shape
    if view.strides != row_by_row(shape):
        raise UncompiledError("a product with a part of a matrix whose numbers are no neighbours is not compiled")
    return view.start


def _is_leafs_slice(graph: Graph, index: int) -> bool:
    """Whether it is a block of a leaf's rows, which is taken for a leaf."""
    node = graph.nodes[index]
    if node.operation != "slice" or graph.nodes[node.inputs[0]].operation not in LEAVES:
        return False
    return int(node.detail[0]) == -len(node.shape)


def _reshape(view: View, old: Shape, new: Shape) -> tuple[int, ...]:
    if view.strides == row_by_row(old):
        return row_by_row(new)
    if squeeze(old) != squeeze(new):
        raise UncompiledError("a reshaped part of a matrix is not compiled")
    left = iter(stride for stride, size in zip(view.strides, old, strict=True) if size > 1)
    return tuple(next(left) if size > 1 else 0 for size in new)
