"""What was run, in a few words: a title, how far it came, and what it ran on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from multirun_analysis.frames.settings import format_value, sort_key
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import STATUSES

MOST_NAMES = 6
MOST_LINES = 12
LONGEST = 2000  # characters of a line


def format_title(sweep: Sweep) -> str:
    """What was compared: `gru, lstm and rnn on recall`."""
    parts = [_format_names(sweep, key) for key in ("model", "task")]
    return " on ".join(part for part in parts if part) or "A sweep"


def count_statuses(statuses: Iterable[str]) -> list[tuple[str, int]]:
    """How many of some trials or jobs have each status, those that are well first."""
    counts = Counter(statuses)
    return [(status, counts[status]) for status in STATUSES if counts[status]]


def list_facts(sweep: Sweep) -> list[tuple[str, list[str]]]:
    """What a reader needs to place the results: each with its name."""
    folders = list(dict.fromkeys(str(Path(job).parent) for job in sweep.jobs["job"]))
    versions, origins = (
        [kind if isinstance(kind, dict) else {} for kind in sweep.jobs[name]] for name in ("versions", "origin")
    )
    facts = [
        ("Folders", _shorten(folders)),
        ("Settings", [f"{len(sweep.settings):,}"]),
        ("Jobs", [_format_counts(sweep.jobs["status"])]),
        ("Trials", [_format_counts(sweep.trials["status"])]),
        ("Commands", _format_kinds(origin.get("command") for origin in origins)),
        ("Written", _format_times(origin.get("written") for origin in origins)),
        ("Machines", _format_kinds(_join_values(origin, ("processor", "vectors", "system")) for origin in origins)),
        ("Versions", _format_kinds(map(_name_values, versions))),
        ("Revisions", _format_kinds(_join_values(origin, ("revision", "seqmem_revision")) for origin in origins)),
    ]
    return [(name, lines) for name, lines in facts if lines]


def _format_names(sweep: Sweep, key: str) -> str:
    if key not in sweep.settings:
        return format_value(sweep.constants[key]) if key in sweep.constants else ""
    names = [format_value(value) for value in sorted(set(sweep.settings[key]), key=sort_key)]
    return f"{len(names)} {key}s" if len(names) > MOST_NAMES else _join(names)


def _join(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _format_counts(statuses: Iterable[str]) -> str:
    return ", ".join(f"{count:,} {status}" for status, count in count_statuses(statuses))


def _format_times(times: Iterable[Any]) -> list[str]:
    """The first and the last of some times, which are written as in ISO 8601."""
    found = sorted(str(time).replace("T", " ").replace("+00:00", " UTC") for time in times if time)
    return [" to ".join(dict.fromkeys([found[0], found[-1]]))] if found else []


def _name_values(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _join_values(values: Mapping[str, Any], names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(str(values[name]) for name in names if name in values))


def _format_kinds(kinds: Iterable[Any]) -> list[str]:
    """Each distinct text in a line; where there are several, with the jobs that have it."""
    counts = Counter(str(kind) for kind in kinds if kind)
    return _shorten([line if len(counts) == 1 else f"{line} ({count:,} jobs)" for line, count in counts.items()])


def _shorten(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MOST_LINES
    shown = [line if len(line) <= LONGEST else f"{line[:LONGEST]} .." for line in lines[:MOST_LINES]]
    return [*shown, f"and {more:,} more"] if more > 0 else shown
