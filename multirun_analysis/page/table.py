"""A table as the page lays it out: grouped headers, row headers, and intervals that are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multirun_analysis.tables.tables import Column

SCALES = (0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class Head:
    """A column's header.

    label: What stands in it.
    name: What the column is called by itself, as in a CSV file.
    group: What stands above it and its neighbours; empty where it has no group.
    span: How many columns the group has if this is its first, else 0.
    key: Whether its entries say which row this is.
    left: Whether they stand to the left.
    column: Which entry of a row belongs to it.
    """

    label: str
    name: str
    group: str
    span: int
    key: bool
    left: bool
    column: int


@dataclass(frozen=True)
class Mark:
    """A median error rate, its interval and its range over the trials, on a scale of 100 units."""

    least: float
    low: float
    median: float
    high: float
    most: float


@dataclass(frozen=True)
class Table:
    """What the template needs.

    heads: A header a column.
    rows: The entries of each row.
    marks: A mark a row, or nothing at all; they stand behind the key columns.
    scale: The error rate at the end of the marks' scale.
    """

    heads: list[Head]
    rows: list[tuple[str, ...]]
    marks: list[Mark | None] | None = None
    scale: float = 1.0

    @property
    def grouped(self) -> bool:
        return any(head.group for head in self.heads)

    @property
    def num_keys(self) -> int:
        return sum(head.key for head in self.heads)


def drop_shared_keys(columns: Sequence[Column]) -> list[Column]:
    """Leave the keys out that all rows share, unless there is no other."""
    keys = [column for column in columns if column.key]
    telling = [key for key in keys if len(set(key.entries)) > 1] or keys[:1]
    return [column for column in columns if not column.key or column in telling]


def lay_out(columns: Sequence[Column]) -> Table:
    """Lay columns out, those that belong together below what they share."""
    blocks: list[list[Column]] = []
    for column in columns:
        blocks += [] if column.joined and blocks and len(column.header) == 1 else [[]]
        blocks[-1].append(column)
    heads: list[Head] = []
    for block in blocks:
        heads += _format_heads(block, len(heads))
    return Table(heads, list(zip(*(column.entries for column in columns), strict=True)))


def draw_errors(table: Table, summary: pd.DataFrame) -> Table:
    """Draw the error rate of each row of a summary beside its keys."""
    ends = summary[["wrong_min", "error_rate_low", "error_rate_median", "error_rate_high", "wrong_max"]].astype(float)
    for name in ("wrong_min", "wrong_max"):
        ends[name] /= summary["test_sequences"].astype(float)
    largest = ends.max().max()
    scale = next((scale for scale in SCALES if scale >= largest), 1.0)
    heads = [head if head.key else replace(head, column=head.column + 1) for head in table.heads]
    return replace(table, heads=heads, marks=[_draw(row, scale) for row in ends.to_numpy()], scale=scale)


def _draw(ends: NDArray[np.float64], scale: float) -> Mark | None:
    """A mark, or none where no trial is done; what a single trial has not got is at its median."""
    median = ends[2]
    if np.isnan(median):
        return None
    return Mark(*(round(float(100 * end / scale), 1) for end in np.where(np.isnan(ends), median, ends)))


def _format_heads(block: Sequence[Column], first: int) -> list[Head]:
    """Headers of columns that belong together: the first one's says what the group is."""
    group = _join(block[0].header[:-1]) if len(block) > 1 else ""
    heads = []
    for index, column in enumerate(block):
        label = _join(column.header[-1:] if group else column.header)
        span = len(block) if group and index == 0 else 0
        heads.append(Head(label, f"{group} {label}".strip(), group, span, column.key, column.left, first + index))
    return heads


def _join(lines: Sequence[str]) -> str:
    return " ".join(lines).replace("- ", "")
