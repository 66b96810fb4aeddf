"""Two folders of one job, file by file: the same bytes, or how far apart."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seqmem import records
from seqmem.records.packed import open_stored
from seqmem.records.table import read_table

TABLES = (records.TRIALS, records.CURVES, records.SAMPLES, records.TESTS, records.TRACE)
TIMES = {records.TRIALS: ("wall_time_s",)}  # columns that no two runs have in common


@dataclass(frozen=True)
class Difference:
    """What sets a file of one folder apart from that of the other; `how` is empty where nothing does."""

    file: str
    how: str


def compare_folders(before: Path, now: Path) -> list[Difference]:
    """Compare the files of a job that was run twice, but for its times.

    Raises:
        RecordError: if a file is damaged, or missing on one side only.
    """
    there = [name for name in TABLES if records.exists(before / name) or records.exists(now / name)]
    found = [Difference(name, _compare_tables(before / name, now / name, TIMES.get(name, ()))) for name in there]
    trials = [trial.trial for trial in records.read_trials(before)]
    return [*found, Difference(records.WEIGHTS, _compare_weights(before, now, trials))]


def _compare_tables(before: Path, now: Path, without: Collection[str]) -> str:
    with open_stored(before) as old_file, open_stored(now) as new_file:
        if old_file.read() == new_file.read():
            return ""
    old, new = read_table(before, ["trial"]), read_table(now, ["trial"])
    if len(old) != len(new) or (old and list(old[0]) != list(new[0])):
        return f"{len(old):,} rows before, {len(new):,} now, or its columns differ"
    rows, furthest = 0, dict.fromkeys(old[0] if old else (), 0.0)
    for row, other in zip(old, new, strict=True):
        apart = {name: _measure(row[name], other[name]) for name in row if name not in without}
        rows += any(apart.values())
        furthest |= {name: max(furthest[name], distance) for name, distance in apart.items()}
    columns = ", ".join(f"{name} by up to {distance:.2g}" for name, distance in furthest.items() if distance)
    return f"{rows:,} of {len(old):,} rows: {columns}" if rows else ""


def _measure(value: str, other: str) -> float:
    """How far apart two values are: 0 for the same text, else their difference; infinite for words."""
    if value == other:
        return 0.0
    try:
        return abs(float(value) - float(other)) or np.inf
    except ValueError:
        return np.inf


def _compare_weights(before: Path, now: Path, trials: Collection[int]) -> str:
    differ, furthest = 0, 0.0
    for trial in trials:
        old, new = records.read_weights(before, trial), records.read_weights(now, trial)
        if {name: value.shape for name, value in old.items()} != {name: value.shape for name, value in new.items()}:
            return f"the weights of trial {trial} differ"
        pairs = [(value, new[name]) for name, value in old.items()]
        if any(value.tobytes() != other.tobytes() for value, other in pairs):
            differ += 1
            with np.errstate(invalid="ignore"):  # of infinity and infinity
                furthest = max(furthest, *(float(np.abs(value - other).max()) for value, other in pairs))
    return f"{differ:,} of {len(trials):,} trials: by up to {furthest:.2g}" if differ else ""
