"""Tables as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import is_dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from seqmem.records.files import describe_damage, write_whole
from seqmem.records.packed import open_stored
from seqmem.records.schema import convert

MOST_CELLS = 50_000_000  # of a table
PORTION = 10_000  # rows that are in memory as text

T = TypeVar("T")

csv.field_size_limit(2**24)  # characters of a value: one input of 100,000 steps takes more than Python allows unasked


def merge_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]], kept: Collection[int] = ()) -> None:
    """Write rows of values, floats in six digits and None as no text, beside some that are there already.

    Args:
        path: Of the table, whose first column is `trial`.
        columns: Of the new rows; those that are kept may have more, or fewer.
        rows: The new ones, in the order of their trials.
        kept: Trials whose rows stay as they are.
    Raises:
        RecordError: if there are rows to be kept, and they cannot be read.
    """
    merged = [dict(zip(columns, map(_as_cell, row), strict=True)) for row in rows]
    if kept:
        old = read_table(path, columns[:1])
        names = {str(trial) for trial in kept}
        merged += [row for row in old if row["trial"] in names]
        columns = max(columns, list(old[0]) if old else columns, key=len)
        merged.sort(key=lambda row: int(row["trial"]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(merged)
    write_whole(path, text.getvalue().encode())


def _as_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read rows of values.

    Raises:
        RecordError: if the file is missing or damaged, or lacks one of the columns.
    """
    with open_table(path, columns) as (header, lines):
        return [dict(zip(header, row, strict=True)) for row in lines]


def read_rows(
    path: Path, row_type: Any, columns: Sequence[str], empty: str | None = None, optional: Collection[str] = ()
) -> list[Any]:
    """Read a table whose rows are of one type.

    Args:
        path: Of the table.
        row_type: Of its rows, made of a list of values, or of a dict if it is a dataclass.
        columns: The table's, in the order of the type's.
        empty: What an empty text stands for.
        optional: Columns that may be absent, as an earlier version or another setting had none; all empty then.
    Raises:
        RecordError: if the file is missing or damaged, or has other columns.
    """
    with open_table(path, [column for column in columns if column not in optional]) as (header, lines):
        absent = set(optional) - set(header)
        if header != [column for column in columns if column not in absent]:
            raise ValueError(f"its columns are not {', '.join(columns)}")
        if absent:
            places = [None if column in absent else header.index(column) for column in columns]
            lines = (["" if place is None else row[place] for place in places] for row in lines)
        return convert_rows(lines, row_type, columns, empty)


def convert_rows(
    lines: Iterator[list[str]], row_type: Any, columns: Sequence[str], empty: str | None = None
) -> list[Any]:
    """Make objects of rows of values; arguments and errors as for `read_rows`."""
    rows: list[Any] = []
    while portion := [[value or empty for value in row] for row in islice(lines, PORTION)]:
        values = [dict(zip(columns, row, strict=True)) for row in portion] if is_dataclass(row_type) else portion
        rows += convert(values, list[row_type], columns, before=len(rows))
    return rows


@contextmanager
def open_table(path: Path, columns: Collection[str]) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
    """Open a table: the names of its columns, and its rows one by one.

    Any ValueError becomes one that names the table.

    Raises:
        RecordError: if the file is missing or damaged, or lacks one of the columns.
    """
    with io.TextIOWrapper(open_stored(path), encoding="utf-8", newline="") as file:
        try:
            lines = (row for row in csv.reader(file, strict=True) if row)
            header = next(lines, [])
            if missing := set(columns) - set(header):
                raise ValueError(f"no column {', '.join(sorted(missing))}")
            yield header, _check_lengths(lines, len(header))
        except (OSError, ValueError, csv.Error) as error:
            raise describe_damage(path, error) from None


def _check_lengths(lines: Iterator[list[str]], length: int) -> Iterator[list[str]]:
    most = MOST_CELLS // length
    for index, row in enumerate(lines):
        if len(row) != length:
            raise ValueError("a row has too many values, or too few")
        if index == most:
            raise ValueError(f"more than {most:,} rows")
        yield row
