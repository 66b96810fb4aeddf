"""What was run, in a few words: a title, how far it came, and what it ran on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from multirun_analysis.points import sort_key, write_value
from multirun_analysis.sweep import Sweep
from multirun_analysis.trials import STATUSES
from multirun_analysis.verdicts import write_totals
from seqmem import records

MOST_NAMES = 6
MOST_CONCLUSIONS = 8
MOST_FOLDERS = 12


def write_title(sweep: Sweep) -> str:
    """What was compared: `gru, lstm and rnn on recall`."""
    parts = [_write_names(sweep, key) for key in ("model", "task")]
    return " on ".join(part for part in parts if part) or "A sweep"


def count_statuses(statuses: Iterable[str]) -> list[tuple[str, int]]:
    """How many of some trials or jobs have each status, those that are well first."""
    counts = Counter(statuses)
    return [(status, counts[status]) for status in STATUSES if counts[status]]


def conclude(comparison: pd.DataFrame) -> list[str]:
    """The conclusions in words: each of a few, or counted for each pair of models; of many pairs, the first."""
    each = list(comparison["text"])
    lines = each if len(each) <= MOST_CONCLUSIONS else write_totals(comparison)
    more = len(lines) - MOST_CONCLUSIONS
    return [*lines[:MOST_CONCLUSIONS], f"and {more} more pairs"] if more > 0 else lines


def list_facts(sweep: Sweep) -> list[tuple[str, list[str]]]:
    """What a reader needs to place the results: each with its name."""
    folders = list(dict.fromkeys(str(Path(job).parent) for job in sweep.jobs["job"]))
    more = [f"and {len(folders) - MOST_FOLDERS} more"] if len(folders) > MOST_FOLDERS else []
    facts = [
        ("Folders", folders[:MOST_FOLDERS] + more),
        ("Points", [f"{len(sweep.points):,}"]),
        ("Jobs", [_write_counts(sweep.jobs["status"])]),
        ("Trials", [_write_counts(sweep.trials["status"])]),
        ("Last written", _write_times(sweep.jobs["job"])),
        ("Versions", _write_kinds(sweep.jobs["versions"])),
    ]
    return [(name, lines) for name, lines in facts if lines]


def _write_names(sweep: Sweep, key: str) -> str:
    if key not in sweep.points:
        return write_value(sweep.constants[key]) if key in sweep.constants else ""
    names = [write_value(value) for value in sorted(set(sweep.points[key]), key=sort_key)]
    return f"{len(names)} {key}s" if len(names) > MOST_NAMES else _join(names)


def _join(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _write_counts(statuses: Iterable[str]) -> str:
    return ", ".join(f"{count:,} {status}" for status, count in count_statuses(statuses))


def _write_times(jobs: Iterable[str]) -> list[str]:
    """When the first and the last of some jobs' results were written, in UTC."""
    found = [path.stat().st_mtime for job in jobs if (path := Path(job) / records.RESULT).exists()]
    if not found:
        return []
    first, last = (datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M") for time in (min(found), max(found)))
    return [f"{first} UTC" if first == last else f"{first} to {last} UTC"]


def _write_kinds(kinds: Iterable[Any]) -> list[str]:
    """Each distinct set of values in a line; where there are several, with the jobs that have it."""
    lines = [", ".join(f"{name} {value}" for name, value in kind.items()) for kind in kinds if isinstance(kind, dict)]
    counts = Counter(line for line in lines if line)
    return [line if len(counts) == 1 else f"{line} ({count:,} jobs)" for line, count in counts.items()]
