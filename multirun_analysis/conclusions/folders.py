"""What differs between sweeps that are read together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from multirun_analysis.frames.settings import format_value, sort_key
from multirun_analysis.frames.sweep import Sweep

MOST_VALUES = 4


def describe_folders(sweep: Sweep, folders: Sequence[Path]) -> list[str]:
    """A line on the keys that do not have the same values in each of several folders; nothing for one.

    Example:
        Between multirun/a and multirun/b differ: lr (0.001; 0.03), clip (none; 1).
    """
    if len(folders) < 2:
        return []
    jobs = sweep.jobs[["job", "setting"]].itertuples(index=False, name=None)
    owners = [
        (next((i for i, folder in enumerate(folders) if _holds(folder, job)), 0), setting) for job, setting in jobs
    ]
    settings = [sorted({setting for owner, setting in owners if owner == index}) for index in range(len(folders))]
    parts = []
    for key in sweep.keys:
        values = [sorted({sweep.settings[key][setting] for setting in own}, key=sort_key) for own in settings if own]
        if len({tuple(map(sort_key, own)) for own in values}) > 1:
            parts.append(f"{key} ({'; '.join(map(_join, values))})")
    names = ", ".join(map(str, folders[:-1])) + f" and {folders[-1]}"
    return [f"Between {names} differ: {', '.join(parts)}." if parts else f"{names} hold the same settings."]


def _holds(folder: Path, job: str) -> bool:
    return Path(job).resolve().is_relative_to(folder.resolve())


def _join(values: Sequence[object]) -> str:
    more = f", .. ({len(values)} values)" if len(values) > MOST_VALUES else ""
    return ", ".join("none" if format_value(value) in ("-", "null") else format_value(value)
                     for value in values[:MOST_VALUES]) + more  # fmt: skip
