"""Tables as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqmem.records.files import RecordError, describe_damage, write_whole

Row = dict[str, Any]


def merge_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]], kept: Collection[int] = ()) -> None:
    """Write rows of values, floats in six digits and None as an empty cell, beside some that are there already.

    Args:
        path: Of the table, whose first column is `trial`.
        columns: Of all rows; fewer if there are no new rows.
        rows: The new ones, in the order of their trials.
        kept: Trials whose rows stay as they are.
    Raises:
        RecordError: if there are rows to be kept, and they cannot be read.
    """
    merged = [[_as_cell(value) for value in row] for row in rows]
    if kept:
        old = read_table(path, columns[:1])
        names = {str(trial) for trial in kept}
        merged += [list(row.values()) for row in old if row["trial"] in names]
        columns = max(columns, list(old[0]) if old else columns, key=len)
        merged.sort(key=lambda row: int(row[0]))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(merged)
    write_whole(path, text.getvalue().encode())


def _as_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read rows of cells.

    Raises:
        RecordError: if the file is missing or damaged, or lacks one of the columns.
    """
    header, rows = _read_cells(path, columns)
    return [dict(zip(header, row, strict=True)) for row in rows]


def read_numbers(path: Path, columns: Sequence[str]) -> list[Row]:
    """Read a table of numbers; whole numbers for `trial`, `step` and `sequences`, None where a cell is empty."""
    header, rows = _read_cells(path, columns)
    kinds: list[Callable[[str], Any]] = [int if name in ("trial", "step", "sequences") else float for name in header]
    try:
        return [
            {name: kind(cell) if cell else None for name, kind, cell in zip(header, kinds, row, strict=True)}
            for row in rows
        ]
    except ValueError as error:
        raise describe_damage(path, error) from None


def _read_cells(path: Path, columns: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """The names of a table's columns, and its rows."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = [row for row in csv.reader(file, strict=True) if row] or [[]]
    except (OSError, ValueError, csv.Error) as error:
        raise describe_damage(path, error) from None
    if missing := set(columns) - set(header):
        raise RecordError(f"{path} is damaged: no column {', '.join(sorted(missing))}")
    if any(len(row) != len(header) for row in rows):
        raise RecordError(f"{path} is damaged: a row of another length")
    return header, rows
