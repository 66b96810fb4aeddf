"""Read job folders, and name those that cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from multirun_analysis.frames.settings import Value, flatten, format_value, sort_key
from seqmem import records
from seqmem.records import RecordError, Result, TrialResult

MOST_OWED = 10_000_000  # trials without a result, each of which is a row
# Keys that name a job's trials or say what it reports; they change no trial's numbers.
IDENTIFYING = frozenset({"seed", "trials", "objective", "threads"})


class AnalysisError(ValueError):
    """What was asked for cannot be given; the message names it in one line."""


@dataclass(frozen=True)
class JobFolder:
    """One job folder, as far as it has come."""

    folder: Path
    result: Result
    trials: list[TrialResult]

    @property
    def planned_seeds(self) -> range:
        """Seeds of the trials that the job's config asks for."""
        seed, trials = (int(self.result.config.get(key, 0)) for key in ("seed", "trials"))
        return range(seed, seed + trials)

    @cached_property
    def config(self) -> Mapping[str, Value]:
        """The config that can change a trial's numbers, flat; engine and device are those chosen.

        The digest of the data, where there is one, stands among the task's keys.
        """
        config = {key: value for key, value in flatten(self.result.config).items() if key not in IDENTIFYING}
        for group in ("task", "model"):
            target = str(config.get(f"{group}._target_", "unnamed"))
            config.setdefault(f"{group}.name", target.rpartition(".")[2])
        more = {"engine": self.result.engine, "device": self.result.device, "task.digest": self.result.digest}
        return config | {key: value for key, value in more.items() if value is not None}


def read_jobs(folders: Iterable[Path]) -> tuple[list[JobFolder], list[str]]:
    """Read the jobs at or below some folders, each once.

    Returns:
        The jobs in the order of their folders, and a line on each folder that is damaged.
    Raises:
        AnalysisError: if a folder does not exist, or holds no job that can be read.
    """
    jobs: dict[Path, JobFolder] = {}
    problems: list[str] = []
    for folder in folders:
        if not folder.is_dir():
            raise AnalysisError(f"{folder}: no such folder")
        found, damaged = 0, []
        for path in records.find_jobs(folder):
            try:
                jobs.setdefault(path.resolve(), read_job(path))
                found += 1
            except RecordError as error:
                damaged.append(str(error))
        if not found:
            more = f" (and {len(damaged) - 1} more)" if len(damaged) > 1 else ""
            why = f"only damaged results{more}: {damaged[0]}" if damaged else "no results in it or below it"
            raise AnalysisError(f"{folder}: {why}")
        problems += damaged
    kept, beyond = _bound_owed(jobs.values())
    return kept, problems + beyond


def _bound_owed(jobs: Iterable[JobFolder]) -> tuple[list[JobFolder], list[str]]:
    """Jobs whose trials can be counted together, and a line on each of the others."""
    kept: list[JobFolder] = []
    beyond: list[str] = []
    left = MOST_OWED
    for job in jobs:
        owed = max(0, len(job.planned_seeds) - len(job.trials))
        if owed <= left:
            kept.append(job)
            left -= owed
        else:
            folder = records.visible(str(job.folder))
            beyond.append(f"{folder} owes {owed:,} trials, too many to be counted with the rest")
    return kept, beyond


def select_jobs(jobs: Sequence[JobFolder], where: Mapping[str, Any]) -> list[JobFolder]:
    """Keep the jobs whose config has some values, by full or short key.

    Raises:
        AnalysisError: if no job has such a key or value.
    """
    for name, wanted in where.items():
        key = _find_key(name, jobs)
        kept = [job for job in jobs if _is_meant(job.config.get(key), flatten({key: wanted})[key])]
        if not kept:
            values = sorted({job.config[key] for job in jobs if key in job.config}, key=sort_key)
            raise AnalysisError(f"no job has {name}={wanted}; there are {', '.join(map(format_value, values))}")
        jobs = kept
    return list(jobs)


def _is_meant(value: Value | None, wanted: Value) -> bool:
    """Whether a value is the one asked for; a number may be asked for in any notation."""
    if isinstance(value, str) or value is None:
        return value == wanted
    try:
        return value == float(wanted)
    except ValueError:
        return False


def _find_key(name: str, jobs: Sequence[JobFolder]) -> str:
    """The dotted key that a full or short name stands for."""
    keys = dict.fromkeys(key for job in jobs for key in job.config)
    if name in keys:
        return name
    found = [key for key in keys if key.removesuffix(".name").rpartition(".")[2] == name]
    if not found:
        raise AnalysisError(f"{name} is no key of these jobs")
    if len(found) > 1:
        raise AnalysisError(f"{name} may be any of {', '.join(found)}")
    return found[0]


def read_job(folder: Path) -> JobFolder:
    """Read a job's result and, where it has some, its trials: a job that is done must have them."""
    result = records.read_result(folder)
    if result.status != "done" and not records.exists(folder / records.TRIALS):
        return JobFolder(folder, result, [])
    return JobFolder(folder, result, records.read_trials(folder))
