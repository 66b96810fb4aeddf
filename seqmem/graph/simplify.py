"""Rules that keep a graph small, applied as it grows.

Slices are taken of leaves and weights instead of results: a product whose rows are cut into
gates becomes a product a gate. Concatenations stand last: what is computed from one is computed
part by part. What is zero is left out.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

from seqmem.graph.operations import POINTWISE

Shape = tuple[int, ...]


def simplify(operation: str, inputs: tuple[Any, ...], shape: Shape, detail: tuple[Any, ...] = ()) -> Any:
    """A symbol of the same value that needs no such node, or None.

    Args:
        inputs: Symbols.
        shape: Of the result.
        detail: Of the node.
    """
    if operation in POINTWISE:
        simple = _ARITHMETIC[operation](*inputs, shape) if operation in _ARITHMETIC else None
        return _apply_to_parts(operation, inputs, shape) if simple is None else simple
    return _STRUCTURAL[operation](inputs, shape, detail) if operation in _STRUCTURAL else None


def _is_zero(x: Any) -> bool:
    return x.node.operation == "zeros" or (x.node.operation == "number" and x.node.detail == (0.0,))


def _is_one(x: Any) -> bool:
    return x.node.operation == "number" and x.node.detail == (1.0,)


def _add(a: Any, b: Any, shape: Shape) -> Any:
    if _is_zero(a):
        a, b = b, a
    if _is_zero(b) and a.node.shape == shape:
        return a
    if a.node.operation == "negate":
        a, b = b, a
    return a - b.inputs[0] if b.node.operation == "negate" else None


def _subtract(a: Any, b: Any, shape: Shape) -> Any:
    if _is_zero(b) and a.node.shape == shape:
        return a
    return -b if _is_zero(a) and b.node.shape == shape else None


def _multiply(a: Any, b: Any, shape: Shape) -> Any:
    if _is_zero(a) or _is_zero(b):
        return (a if a.node.shape else b).zeros(shape)
    if _is_one(a):
        a, b = b, a
    return a if _is_one(b) else None


def _divide(a: Any, b: Any, shape: Shape) -> Any:
    return a.zeros(shape) if a.node.operation == "zeros" else a if _is_one(b) else None


def _negate(x: Any, shape: Shape) -> Any:
    if _is_zero(x):
        return x
    return x.inputs[0] if x.node.operation == "negate" else None


def _choose(condition: Any, a: Any, b: Any, shape: Shape) -> Any:
    return condition.zeros(shape) if _is_zero(a) and _is_zero(b) else None


_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "negate": _negate,
    "where": _choose,
}


def _apply_to_parts(operation: str, inputs: tuple[Any, ...], shape: Shape) -> Any:
    """Of a concatenation, the function of each part."""
    for joined in inputs:
        if joined.node.operation == "concatenate":
            (axis,) = joined.node.detail
            if joined.node.shape[axis] != shape[axis]:
                continue
            parts, start = [], 0
            for part in joined.inputs:
                stop = start + part.node.shape[axis]
                first, *others = (_cut(x, axis, start, stop) for x in inputs)
                parts.append(first.apply(operation, *others))
                start = stop
            return parts[0].concatenate(parts[1:], axis)
    return None


def _cut(x: Any, axis: int, start: int, stop: int) -> Any:
    """A slice of what may be one unit wide, which is repeated, or a number."""
    return x if not x.node.shape or x.node.shape[axis] == 1 else x.slice(axis, start, stop)


def _slice(inputs: tuple[Any, ...], shape: Shape, detail: tuple[Any, ...]) -> Any:
    (x,), (axis, start, stop) = inputs, detail
    name = x.node.operation
    if name == "zeros":
        return x.zeros(shape)
    if name in POINTWISE:
        first, *others = (_cut(part, axis, start, stop) for part in x.inputs)
        return first.apply(name, *others)
    if name == "slice" and x.node.detail[0] == axis:
        return x.inputs[0].slice(axis, x.node.detail[1] + start, x.node.detail[1] + stop)
    if name == "concatenate" and x.node.detail == (axis,):
        return _slice_concatenation(x, axis, start, stop)
    if name == "concatenate":
        first, *others = (part.slice(axis, start, stop) for part in x.inputs)
        return first.concatenate(others, x.node.detail[0])
    if name == "product":
        weight, vector = x.inputs
        if x.matrix is not None:
            weight.matrix = True
        return weight.slice(-2, start, stop).times(vector)
    if name == "sum_over_lanes":
        return x.inputs[0].slice(axis, start, stop).sum_over_lanes()
    if name == "outer_over_lanes":
        rows, columns = x.inputs
        rows, columns = (rows.slice(-1, start, stop), columns) if axis == -2 else (rows, columns.slice(-1, start, stop))
        return rows.outer_over_lanes(columns)
    if name == "transpose" and axis in (-1, -2):
        return x.inputs[0].slice(-3 - axis, start, stop).mT
    return None


def _slice_concatenation(x: Any, axis: int, start: int, stop: int) -> Any:
    parts, begin = [], 0
    for part in x.inputs:
        size = part.node.shape[axis]
        first, last = max(start - begin, 0), min(stop - begin, size)
        if first < last:
            parts.append(part.slice(axis, first, last))
        begin += size
    return parts[0].concatenate(parts[1:], axis)


def _concatenate(inputs: tuple[Any, ...], shape: Shape, detail: tuple[Any, ...]) -> Any:
    (axis,) = detail
    parts: list[Any] = []
    for x in inputs:
        same = x.node.operation == "concatenate" and x.node.detail == detail
        for part in x.inputs if same else [x]:
            joined = _join_neighbours(parts[-1], part, axis) if parts else None
            if joined is None:
                parts.append(part)
            else:
                parts[-1] = joined
    if len(parts) == len(inputs) and all(a is b for a, b in zip(parts, inputs, strict=True)):
        return None
    return parts[0].concatenate(parts[1:], axis)


def _join_neighbours(a: Any, b: Any, axis: int) -> Any:
    """What two parts are together, if they are neighbours in one value, or both zero."""
    if a.node.operation == b.node.operation == "zeros":
        shape = list(a.node.shape)
        shape[axis] += b.node.shape[axis]
        return a.zeros(shape)
    if a.node.operation == b.node.operation == "slice" and a.node.inputs == b.node.inputs:
        (first, start, middle), (second, begin, stop) = a.node.detail, b.node.detail
        if first == second == axis and middle == begin:
            return a.inputs[0].slice(axis, start, stop)
    return None


def _product(inputs: tuple[Any, ...], shape: Shape, detail: tuple[Any, ...]) -> Any:
    """Of a concatenated vector, the sum of products with its parts."""
    weight, vector = inputs
    if vector.node.operation == "zeros":
        return vector.zeros(shape)
    if vector.node.operation != "concatenate":
        return None
    total, start = None, 0
    for part in vector.inputs:
        stop = start + part.node.shape[0]
        product = weight.slice(-1, start, stop).times(part)
        total = product if total is None else total + product
        start = stop
    return total


def _transpose(inputs: tuple[Any, ...], shape: Shape, detail: tuple[Any, ...]) -> Any:
    """Of a concatenation, that of its transposed parts."""
    (x,) = inputs
    if x.node.operation == "concatenate" and x.node.detail[0] in (-1, -2):
        first, *others = (part.mT for part in x.inputs)
        return first.concatenate(others, -3 - x.node.detail[0])
    return _zero(inputs, shape, detail)


def _reshape(inputs: tuple[Any, ...], shape: Shape, detail: tuple[Any, ...]) -> Any:
    """Of a concatenated vector that only gets further axes of one, that of its parts."""
    (x,) = inputs
    if x.node.operation == "concatenate" and len(x.node.shape) == 1 and sorted(shape)[:-1] == [1] * (len(shape) - 1):
        axis = shape.index(max(shape)) - len(shape)
        parts = [part.shaped(tuple(part.node.shape[0] if size > 1 else 1 for size in shape)) for part in x.inputs]
        return parts[0].concatenate(parts[1:], axis)
    return _zero(inputs, shape, detail)


def _zero(inputs: tuple[Any, ...], shape: Shape, detail: tuple[Any, ...]) -> Any:
    return inputs[0].zeros(shape) if inputs[0].node.operation == "zeros" else None


def _sum(inputs: tuple[Any, ...], shape: Shape, detail: tuple[Any, ...]) -> Any:
    """Of a concatenation, the sum of its parts' sums."""
    (x,), (axis,) = inputs, detail
    if x.node.operation == "concatenate" and x.node.detail == detail:
        first, *others = (part.sum(axis, keepdim=True) for part in x.inputs)
        return functools.reduce(operator.add, others, first)
    return x.zeros(shape) if x.node.operation == "zeros" else x if x.node.shape == shape else None


def _amax(inputs: tuple[Any, ...], shape: Shape, detail: tuple[Any, ...]) -> Any:
    """Of a concatenation, the largest of its parts' largest."""
    (x,), (axis,) = inputs, detail
    if x.node.operation == "concatenate" and x.node.detail == detail:
        first, *others = (part.amax(axis, keepdim=True) for part in x.inputs)
        return functools.reduce(lambda a, b: a.maximum(b), others, first)
    return x.zeros(shape) if x.node.operation == "zeros" else x if x.node.shape == shape else None


_STRUCTURAL: dict[str, Callable[..., Any]] = {
    "slice": _slice,
    "concatenate": _concatenate,
    "product": _product,
    "transpose": _transpose,
    "reshape": _reshape,
    "sum": _sum,
    "amax": _amax,
}
