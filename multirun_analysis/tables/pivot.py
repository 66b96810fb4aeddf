"""One figure of every setting by two sets of keys: models down, sizes across."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multirun_analysis.frames.jobs import AnalysisError
from multirun_analysis.frames.settings import format_setting, sort_key, varies
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.tables.formats import (
    ABSENT,
    format_error,
    format_lost,
    format_mean,
    format_seconds,
    format_solved,
    format_time,
    thousands,
    two_decimals,
)
from multirun_analysis.tables.tables import Column, format_key


@dataclass(frozen=True)
class Metric:
    """What can stand in the entries of a pivot table.

    title: What it is called above them.
    column: The column of a summary that holds the number.
    write: How it reads, with what belongs to it in a row of a summary.
    """

    title: str
    column: str
    write: Callable[[Any], str]


def _format_number(column: str, write: Callable[[float], str]) -> Callable[[Any], str]:
    return lambda row: ABSENT if pd.isna(row[column]) else write(row[column])


METRICS = {
    "error_rate": Metric("error %, median with 95 % interval", "error_rate_median", format_error),
    "wrong": Metric("wrong predictions, mean (sd)", "wrong_mean", lambda row: format_mean(row, "wrong")),
    "outside_tolerance": Metric(
        "outside the stricter tolerance, mean (sd)",
        "outside_tolerance_mean",
        lambda row: format_mean(row, "outside_tolerance"),
    ),
    "solved": Metric("solved", "solved_rate", format_solved),
    "training_accuracy": Metric(
        "training accuracy %", "training_accuracy", _format_number("training_accuracy", two_decimals)
    ),
    "sequences_to_criterion": Metric("sequences to criterion, median", "sequences_to_criterion", format_time),
    "parameters": Metric("parameters", "parameters", _format_number("parameters", thousands)),
    "seconds": Metric("seconds per trial", "seconds", _format_number("seconds", format_seconds)),
}


@dataclass(frozen=True)
class Pivot:
    """One table of one metric.

    title: What it shows, and what is the same in all of its entries.
    values: The numbers: a row and a column for each combination of their keys' values.
    columns: The same as it is printed.
    """

    title: str
    values: pd.DataFrame
    columns: list[Column]


def pivot(
    sweep: Sweep, summary: pd.DataFrame, rows: Sequence[str], columns: Sequence[str] = (), metric: str = "error_rate"
) -> list[Pivot]:
    """Lay one figure of every setting out by some keys; a table for each combination of the others.

    No entry ever speaks for more than one setting; trials of it without a result are counted beside its figure.

    Args:
        sweep: What `read_sweep` gave.
        summary: What `summarise` gave.
        rows: Keys that go down.
        columns: Keys that go across.
        metric: One of METRICS.
    Raises:
        AnalysisError: if a key does not vary or is named twice, or there is no such metric.
    """
    if metric not in METRICS:
        raise AnalysisError(f"metric must be one of {', '.join(METRICS)}, got {metric}")
    _check_keys(sweep, [*rows, *columns])
    others = [key for key in sweep.keys if key not in (*rows, *columns) and varies(sweep.settings, key)]
    groups: dict[tuple[Any, ...], list[int]] = {}
    for setting in sweep.settings.index:
        groups.setdefault(tuple(sort_key(sweep.settings[key].iloc[setting]) for key in others), []).append(int(setting))
    return [
        _lay_out(summary.loc[groups[group]], rows, columns, METRICS[metric], sweep.name(groups[group][0], others))
        for group in sorted(groups)
    ]


def _check_keys(sweep: Sweep, keys: Sequence[str]) -> None:
    known = [str(key) for key in sweep.settings]
    for key in keys:
        if key not in known:
            raise AnalysisError(f"{key} does not vary between these settings; choose from {', '.join(known)}")
        if keys.count(key) > 1:
            raise AnalysisError(f"{key} is named twice")


def _lay_out(part: pd.DataFrame, rows: Sequence[str], columns: Sequence[str], metric: Metric, where: str) -> Pivot:
    down, across = _read_values(part, rows), _read_values(part, columns)
    positions = list(zip(down, across, strict=True))
    figures = [metric.write(row) + format_lost(row) for row in part.to_dict("records")]
    entries = dict(zip(positions, figures, strict=True))
    numbers = dict(zip(positions, part[metric.column], strict=True))
    lines, heads = _order(down), _order(across)
    printed = [format_key(key, [line[index] for line in lines]) for index, key in enumerate(rows)]
    for head in heads:
        name = format_setting(dict(zip(columns, head, strict=True))) or ABSENT
        printed.append(
            Column((name if columns else metric.title,), [entries.get((line, head), ABSENT) for line in lines])
        )
    values = pd.DataFrame([[numbers.get((line, head)) for head in heads] for line in lines])
    values.index = _make_index(lines, rows)
    values.columns = _make_index(heads, columns) if columns else pd.Index([metric.column])
    return Pivot(f"{metric.title}, {where}" if where else metric.title, values, printed)


def _make_index(values: Sequence[tuple[Any, ...]], keys: Sequence[str]) -> pd.Index[Any]:
    index: pd.Index[Any] = pd.MultiIndex.from_tuples(values, names=list(keys))
    return index.get_level_values(0) if len(keys) == 1 else index


def _read_values(part: pd.DataFrame, keys: Sequence[str]) -> list[tuple[Any, ...]]:
    """Each row's values of some keys; None where it has not got one."""
    values = [[None if pd.isna(value) else value for value in part[key]] for key in keys]
    return list(zip(*values, strict=True)) if keys else [()] * len(part)


def _order(values: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(set(values), key=lambda value: [sort_key(item) for item in value])
