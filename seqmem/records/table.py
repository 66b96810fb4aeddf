"""Tables as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqmem.records.files import RecordError, describe_damage, write_whole

Row = dict[str, Any]


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write rows of values: floats in six digits, None as an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_as_cell(value) for value in row] for row in rows)
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
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, strict=True)
            header = reader.fieldnames or []
            rows = list(reader)
    except (OSError, ValueError, csv.Error) as error:
        raise describe_damage(path, error) from None
    if missing := set(columns) - set(header):
        raise RecordError(f"{path} is damaged: no column {', '.join(sorted(missing))}")
    if any(None in row or None in row.values() for row in rows):
        raise RecordError(f"{path} is damaged: a row of another length")
    return rows


def read_numbers(path: Path, columns: Sequence[str]) -> list[Row]:
    """Read a table of numbers; whole numbers for `trial`, `step` and `sequences`, None where a cell is empty."""
    whole = ("trial", "step", "sequences")
    try:
        return [
            {key: None if cell == "" else int(cell) if key in whole else float(cell) for key, cell in row.items()}
            for row in read_table(path, columns)
        ]
    except RecordError:
        raise
    except ValueError as error:
        raise describe_damage(path, error) from None
