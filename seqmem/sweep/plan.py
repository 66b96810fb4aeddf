"""What a sweep would do: `dry_run=true` lists its points, trains nothing and writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest

from seqmem.engines.choose import estimate_memory, estimate_seconds
from seqmem.machine import count_cores, read_size
from seqmem.records.lock import LOCK
from seqmem.sweep import Point, Policy, Standing, describe_changes, find_standing, index_folders

STATUSES = {"new": "to do", "interrupted": "to go on", "again": "to do anew"}  # the others as they are called
HEADS = ("point", "status", "trials", "parameters", "engine", "memory", "time")


def read_plan(points: Sequence[Point], policy: Policy) -> str:
    """A table of a sweep's points: how each stands, what it would take, and which sources have changed.

    Raises:
        ConflictError: if a folder holds results of another config or version.
    """
    by_folder = {point.folder: point for point in points}  # points of one folder are trained once
    for point in points:
        if point.job.trials > by_folder[point.folder].job.trials:
            by_folder[point.folder] = point
    others = index_folders(points[0].folder.parent)
    standings = {folder: find_standing(point, policy.retry, others) for folder, point in by_folder.items()}
    common = set.intersection(*(set(point.overrides) for point in points))
    rows = [_list_point(by_folder[folder], standing, common) for folder, standing in standings.items()]
    to_do = [(by_folder[folder], standing) for folder, standing in standings.items() if not standing.is_settled]
    changes = describe_changes(point for point, _ in to_do)
    return "\n".join([_align([HEADS, *rows]), *changes, _sum_up(len(standings), to_do)])


def _list_point(point: Point, standing: Standing, common: Collection[str]) -> tuple[str, ...]:
    status = STATUSES.get(standing.status, standing.status)
    if not standing.is_settled and (point.folder / LOCK).exists():
        status = "running"
    trials = _count_trials(point, standing)
    return (
        " ".join(override for override in point.overrides if override not in common) or point.job.name,
        status,
        f"{trials:,} of {point.job.trials:,}",
        f"{point.job.network.num_parameters:,}",
        point.choice.engine if point.choice.device == "cpu" else point.choice.device,
        read_size(estimate_memory(point.choice, point.job)) if trials else "",
        read_time(estimate_seconds(point.choice, point.job, trials)) if trials else "",
    )


def _count_trials(point: Point, standing: Standing) -> int:
    """Trials of a point that are to be trained."""
    return 0 if standing.is_settled else point.job.trials - standing.num_ended


def _sum_up(points: int, to_do: Sequence[tuple[Point, Standing]]) -> str:
    seconds, size, trials = 0.0, 0.0, 0
    for point, standing in to_do:
        count = _count_trials(point, standing)
        seconds += estimate_seconds(point.choice, point.job, count)
        size += estimate_memory(point.choice, point.job)
        trials += count
    early = " if no trial ends early" if any(point.job.stop and point.job.criterion for point, _ in to_do) else ""
    return (
        f"{_count(points, 'point')}, {len(to_do):,} to do: {_count(trials, 'trial')}, about {read_time(seconds)} on "
        f"{_count(count_cores(), 'core')}{early} (within a factor of 3 or so), about {read_size(size)} of memory. "
        "Nothing was trained."
    )


def read_time(seconds: float) -> str:
    """A time as a person reads it, in the largest unit that it has two of."""
    for unit, name in ((86400 * 365, "years"), (86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.0f} {name}"
    return f"{max(seconds, 0.01):.2g} s" if seconds < 10 else f"{seconds:.0f} s"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _align(rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns: words to the left, what begins with a digit to the right."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if place in (0, 1, 4) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
