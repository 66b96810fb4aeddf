"""A job that a folder holds, run again in another folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqmem import records
from seqmem.config.build import ConfigError
from seqmem.config.limits import check_memory
from seqmem.config.stored import build_stored_job, read_sources
from seqmem.console import ConsoleDisplay
from seqmem.engines.choose import choose_engine
from seqmem.records.clearing import check_files
from seqmem.sweep import SOURCES, Setting, Sweep, run_sweep


def read_job(folder: Path, result: records.Result, trust: bool, out: Path, threads: int | None = None) -> Setting:
    """The setting that a folder holds, with all trials that there are, placed in another folder.

    Raises:
        ConfigError: if it is not done, cannot be run here, or names foreign classes and is not trusted.
        RecordError: if one of its files is damaged.
    """
    if result.status != "done":
        raise ConfigError(
            f"{folder} is {result.status}, so there is nothing to compare with; choose a job that is done"
        )
    check_files(folder)
    seeds = [trial.seed for trial in records.read_trials(folder)]
    stored = {key: value for key, value in result.config.items() if key not in SOURCES}
    config: Mapping[str, Any] = {**stored, "engine": result.engine, "device": result.device}
    first = config.get("seed", 0)
    config = {**config, "trials": max(seeds, default=0) - first + 1 if isinstance(first, int) else config.get("trials")}
    job = build_stored_job(folder, config, trust, "--trust")
    try:
        choice = choose_engine(job, config["engine"], config["device"], threads)
    except ValueError as error:
        raise ConfigError(f"{folder} cannot be run here: {error}") from None
    check_memory(job, choice.engine, config)
    return Setting(job, choice, {**config, **read_sources(job)}, list(result.overrides), out)


def rerun(setting: Setting) -> None:
    """Run a setting.

    Raises:
        Exception: what the job failed with.
    """
    for _, outcome in run_sweep(Sweep(setting.folder.parent, [setting]), ConsoleDisplay()):
        if isinstance(outcome, Exception):
            raise outcome
