"""Instructions that are neighbours in weights and rows become one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from seqmem.engines.fused.steps.homes import Home
from seqmem.engines.fused.steps.instructions import Gradient, Multiply
from seqmem.engines.fused.steps.weights import Part

T = TypeVar("T", Multiply, Gradient)


def merge(items: Iterable[T], join: Callable[[T, T], T | None]) -> list[T]:
    """Join each with the one before it, where that can be."""
    merged: list[T] = []
    for item in items:
        joined = join(merged[-1], item) if merged else None
        if joined is None:
            merged.append(item)
        else:
            merged[-1] = joined
    return merged


def follows(second: Home, first: Home, size: int) -> bool:
    """Whether rows begin where others, so many, end."""
    return second == first._replace(row=first.row + size)


def stack_rows(first: Part, second: Part) -> Part | None:
    """Two blocks as one, the second below the first."""
    if second == first._replace(row=first.row + first.rows, rows=second.rows):
        return first._replace(rows=first.rows + second.rows)
    return None


def stack_columns(first: Part, second: Part) -> Part | None:
    """Two blocks as one, the second to the right of the first."""
    if second == first._replace(column=first.column + first.columns, columns=second.columns):
        return first._replace(columns=first.columns + second.columns)
    return None


def join_terms(first: Multiply, second: Multiply) -> Multiply | None:
    """Two products that are added up in the same rows: one of a longer vector."""
    if first.y != second.y or not follows(second.x, first.x, first.columns):
        return None
    part = (stack_rows if first.part.turned else stack_columns)(first.part, second.part)
    return None if part is None else first._replace(part=part)


def join_results(first: Multiply, second: Multiply) -> Multiply | None:
    """Two products with one vector: one of more rows."""
    same = (first.x, first.start, first.needed) == (second.x, second.start, second.needed)
    if not same or not follows(second.y, first.y, first.rows):
        return None
    part = (stack_columns if first.part.turned else stack_rows)(first.part, second.part)
    if first.bias is None or second.bias is None:
        return None if part is None else first._replace(part=part)
    bias = stack_rows(first.bias, second.bias)
    return None if part is None or bias is None else first._replace(part=part, bias=bias)


def join_gradients(first: Gradient, second: Gradient) -> Gradient | None:
    """Two blocks' gradients with the same columns: one of more rows."""
    size = first.part.size if first.columns is None else first.part.rows
    if first.columns != second.columns or not follows(second.rows, first.rows, size):
        return None
    part = stack_rows(first.part, second.part)
    return None if part is None else first._replace(part=part)
