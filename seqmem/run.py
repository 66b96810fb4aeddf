"""Jobs that are trained from Python, into a folder or without one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from seqmem.arguments import convert
from seqmem.config.described import describe_job
from seqmem.config.settings import choose_folder, find_varied, name_folder
from seqmem.console import ConsoleDisplay
from seqmem.job.job import Job
from seqmem.records.outcome import read_outcomes
from seqmem.sweep import JobFailedError, Policy, Setting, Sweep, index_folders, run_in_memory, run_sweep
from seqmem.sweep.policy import Retry
from seqmem.training.outcome import Outcome


def run(
    jobs: Sequence[Job],
    folder: str | Path | None = None,
    *,
    engine: str = "auto",
    device: str = "auto",
    threads: int | None = None,
    retry: Retry = "none",
    progress: bool = True,
) -> list[list[Outcome]]:
    """Train all trials of some jobs, side by side.

    Args:
        jobs: What to train.
        folder: Where to keep what the command line keeps in `multirun/recall`: the analysis and
            `load` read it, and the same call goes on with what is not done. None to keep nothing.
        engine: As the config key.
        device: As the config key.
        threads: As the config key.
        retry: As the config key, of jobs in a folder.
        progress: Write to standard error how far it has come.
    Returns:
        For each job what became of its trials, in the order of their seeds; as it is kept, with a folder.
    Raises:
        ValueError: if there is no such engine or device here; with a folder also if a job does
            not fit the free memory, or is of a task or a cell that no config can tell.
        JobFailedError: if jobs in a folder have failed, once all others have ended.
        HeldError: if another process is at work in the folder.
    """
    jobs = convert("jobs", jobs, Sequence[Job])
    settings = [describe_job(job, engine, device, threads, for_good=folder is not None) for job in jobs]
    varied = find_varied([setting.overrides for setting in settings])
    display = ConsoleDisplay(None if progress else Console(file=io.StringIO(), quiet=True))
    if not settings:
        return []
    if folder is None:
        named = [replace(p, folder=Path(f"{_label(p, varied)}-{index}")) for index, p in enumerate(settings)]
        return run_in_memory(Sweep(None, named), display)
    folder = Path(folder)
    there = index_folders(folder)
    settings = [replace(setting, folder=choose_folder(setting, folder, varied, there)) for setting in settings]
    _run_in_folder(Sweep(folder, settings, Policy(retry)), display)
    return [read_outcomes(setting.folder, [*map(setting.job.number_trial, setting.job.seeds)]) for setting in settings]


def _label(setting: Setting, varied: set[str]) -> str:
    """What a setting is called while it is trained."""
    return name_folder(setting, varied).rpartition("-")[0] or setting.job.name


def _run_in_folder(sweep: Sweep, display: ConsoleDisplay) -> None:
    ended = dict(run_sweep(sweep, display))
    failed = {index: outcome for index, outcome in ended.items() if isinstance(outcome, Exception)}
    if failed:
        index, error = next(iter(failed.items()))
        what = f"{type(error).__name__}: {error}" if not isinstance(error, JobFailedError) else str(error)
        raise JobFailedError(
            f"{len(failed)} of {len(ended)} jobs failed, {sweep.settings[index].folder}: {what}"
        ) from error
