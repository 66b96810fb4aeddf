"""What a sweep would do: `dry_run=true` lists its settings, trains nothing and writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest

from seqmem.machine import count_cores, format_size
from seqmem.records.lock import LOCK
from seqmem.sweep import Existing, Setting, Sweep
from seqmem.sweep.room import find_room
from seqmem.sweep.setting import list_obstacles

STATUSES = {"new": "to do", "interrupted": "to continue", "anew": "to retrain"}  # the others as they are called
HEADS = ("setting", "status", "trials", "parameters", "engine", "memory", "time")


def format_plan(sweep: Sweep, here: bool = True) -> str:
    """A table of a sweep's settings: what there is of each, what it would take, and which sources have changed.

    Args:
        sweep: The sweep.
        here: Whether this machine is to train it, and has the memory that counts.
    """
    common = set(sweep.settings[0].overrides).intersection(*(setting.overrides for setting in sweep.settings))
    indices = sweep.track(sweep.jobs, len(sweep.jobs), "jobs estimated")
    rows = [_list_setting(sweep.settings[index], sweep.existing[index], common) for index in indices]
    to_do = [(sweep.settings[index], sweep.existing[index]) for index in sweep.to_do]
    reasons = list_obstacles([setting for setting, _ in to_do])
    return "\n".join([_align([HEADS, *rows]), *reasons, *sweep.describe_changes(), _sum_up(len(rows), to_do, here)])


def _list_setting(setting: Setting, existing: Existing, common: Collection[str]) -> tuple[str, ...]:
    status = STATUSES.get(existing.status, existing.status)
    if not existing.is_settled and (setting.folder / LOCK).exists():
        status = "running"
    trials, job, engine = _count_trials(setting, existing), setting.job, setting.choice.engine
    return (
        " ".join(override for override in setting.overrides if override not in common) or setting.job.name,
        status,
        f"{trials:,} of {job.trials:,}",
        f"{job.network.num_parameters:,}",
        engine.name if engine.device == "cpu" else engine.device,
        format_size(engine.estimate_memory([(job, job.trials)])) if trials else "",
        format_time(engine.estimate_seconds(job, trials)) if trials else "",
    )


def _count_trials(setting: Setting, existing: Existing) -> int:
    """Trials of a setting that are to be trained."""
    return 0 if existing.is_settled else setting.job.trials - existing.num_ended


def _sum_up(settings: int, to_do: Sequence[tuple[Setting, Existing]], here: bool) -> str:
    seconds, size, trials = 0.0, 0.0, 0
    for setting, existing in to_do:
        count, job, engine = _count_trials(setting, existing), setting.job, setting.choice.engine
        seconds += engine.estimate_seconds(job, count)
        size += engine.estimate_memory([(job, job.trials)])
        trials += count
    can_stop = any(setting.job.stop and setting.job.criterion for setting, _ in to_do)
    early = " if no trial ends early" if can_stop else ""
    return (
        f"{_count(settings, 'setting')}, {len(to_do):,} to do: {_count(trials, 'trial')}, about {format_time(seconds)} "
        f"on {_count(count_cores(), 'core')}{early} (within a factor of 3 or so), about {format_size(size)} of memory"
        f"{_format_stacks(size, to_do) if here else ''}. Nothing was trained."
    )


def _format_stacks(size: float, to_do: Sequence[tuple[Setting, Existing]]) -> str:
    """How much memory a sweep takes at a time, where it takes more in all than there is room for."""
    room = min((find_room(engine) for engine in {setting.choice.engine for setting, _ in to_do}), default=size)
    if size <= room:
        return ""
    largest = max(setting.choice.engine.estimate_memory([(setting.job, 1)]) for setting, _ in to_do)
    return f" if all train together, so in stacks of at most {format_size(max(room, largest))}"


def format_time(seconds: float) -> str:
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
        texts = [
            text.ljust(width) if column in (0, 1, 4) else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(texts).rstrip())
    return "\n".join(lines)
