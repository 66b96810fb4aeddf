"""Tables as text: what each column of a summary is called, and how its values read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multirun_analysis.frames.settings import format_value
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import LOST
from multirun_analysis.tables.formats import (
    ABSENT,
    format_interval,
    format_p,
    format_seconds,
    format_solved,
    format_solved_interval,
    format_time,
    one_decimal,
    percent,
    short,
    thousands,
    two_decimals,
)
from seqmem.records import visible

HTML = re.compile(r"<(?=[A-Za-z/!?])")  # begins a tag or a comment


@dataclass(frozen=True)
class Column:
    """A column as it is printed.

    header: Its lines, top to bottom.
    entries: A text a row.
    left: Whether they stand to the left, as words do.
    key: Whether it tells which row this is.
    joined: Whether it belongs to the column before it.
    """

    header: tuple[str, ...]
    entries: list[str]
    left: bool = False
    key: bool = False
    joined: bool = False

    @property
    def width(self) -> int:
        return max(map(len, (*self.header, *self.entries)))


def format_summary(sweep: Sweep, summary: pd.DataFrame) -> list[Column]:
    """Write a summary's columns, those without any value left out."""
    columns = [format_key(key, summary[key]) for key in sweep.keys]
    columns.append(_write(("trials",), summary["trials"], str))
    columns += [_write((status,), summary[status], str) for status in LOST if summary[status].any()]
    rows = summary.to_dict("records")
    columns.append(Column(("solved", "trials"), [format_solved(row) for row in rows]))
    columns.append(Column(("95 %",), [format_solved_interval(row) for row in rows], joined=True))
    columns += _format_wrong(summary, sweep.keys)
    if summary["outside_tolerance_mean"].notna().any():
        columns.append(_write(("outside", "tolerance", "mean"), summary["outside_tolerance_mean"], one_decimal))
        columns.append(_write(("median",), summary["outside_tolerance_median"], short, joined=True))
        columns.append(_write(("sd",), summary["outside_tolerance_std"], one_decimal, joined=True))
    columns.append(_write(("error %", "median"), summary["error_rate_median"], percent))
    columns.append(Column(("95 %",), [format_interval(row) for row in rows], joined=True))
    if summary["answer_error_median"].notna().any():
        columns.append(_write(("by", "answer %", "median"), summary["answer_error_median"], percent, joined=True))
    columns.append(_write(("training", "accuracy", "%"), summary["training_accuracy"], two_decimals))
    columns.append(Column(("sequences", "to cri-", "terion"), [format_time(row) for row in rows]))
    columns.append(_write(("para-", "meters"), summary["parameters"], thousands))
    columns.append(_write(("seconds", "per", "trial"), summary["seconds"], format_seconds))
    return columns


def format_comparison(comparisons: pd.DataFrame) -> list[Column]:
    """Write the columns of some comparisons: what was compared, how far apart it is, how sure that is."""
    rows = comparisons.to_dict("records")
    turned = [f"{row['by']}: {row['at']}, {row['other_at']}" if row["by"] else row["matched"] for row in rows]
    return [
        Column(("key",), list(comparisons["key"]), left=True, key=True),
        Column(("first",), list(comparisons["first"]), left=True, key=True),
        Column(("second",), list(comparisons["second"]), left=True, key=True),
        Column(("alike in",), turned, left=True, key=True),
        Column(("outcome",), list(comparisons["outcome"]), left=True),
        Column(("settings",), [str(row["settings"]) for row in rows]),
        Column(("difference, 95 %",), [row["size"] or ABSENT for row in rows], left=True),
        _write(("effect",), comparisons["effect"], "{:.2f}".format),
        Column(("p",), [_shorten_p(row["p_corrected"]) for row in rows]),
    ]


def _shorten_p(p: float) -> str:
    return format_p(p).removeprefix("p = ").removeprefix("p ")


def escape(text: str) -> str:
    """Write foreign text so that Markdown makes no markup of its brackets, and no link."""
    return HTML.sub("&lt;", text).replace("](", "]\\(")


def to_markdown(columns: Sequence[Column]) -> str:
    """Write columns as a Markdown table."""
    headers = [escape(" ".join(column.header).replace("- ", "")) for column in columns]
    written = ([escape(entry) if column.key else entry for entry in column.entries] for column in columns)
    entries = zip(*written, strict=True)
    rows = ([HTML.sub("&lt;", visible(entry)).replace("|", "\\|") for entry in row] for row in entries)
    lines = [headers, ["---" if column.left else "---:" for column in columns], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def format_key(key: str, values: Sequence[Any] | pd.Series[Any]) -> Column:
    """Write the values of a key as a column that tells which row this is."""
    words = any(isinstance(value, str) for value in values)
    return Column((key,), [" ".join(format_value(value).split()) for value in values], left=words, key=True)


def _write(
    header: tuple[str, ...], values: pd.Series[Any], write: Callable[[Any], str], joined: bool = False
) -> Column:
    return Column(header, [ABSENT if pd.isna(value) else write(value) for value in values], joined=joined)


def _format_wrong(summary: pd.DataFrame, keys: Sequence[str]) -> list[Column]:
    """Wrong predictions; how many of, in the header where it is the same in all rows."""
    of = summary["test_sequences"].dropna().unique()
    one = len(of) == 1
    told = one or "config.test_sequences" in keys
    columns = [] if told else [_write(("test", "sequences"), summary["test_sequences"], thousands)]
    top = ("wrong", f"of {of[0]}") if one else ("wrong",)
    columns.append(_write((*top, "mean"), summary["wrong_mean"], one_decimal, joined=not told))
    return columns
