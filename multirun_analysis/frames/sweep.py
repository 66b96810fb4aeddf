"""A sweep as tidy frames: a row a trial, a row a setting, a row a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from multirun_analysis.frames.jobs import JobFolder, read_jobs, select_jobs
from multirun_analysis.frames.settings import Value, find_settings, format_setting
from multirun_analysis.frames.trials import RECORDED, STATUSES, build_trials, drop_repeated
from seqmem import records
from seqmem.records import visible

# Columns of trials and summaries, which no key may be called.
SPREADS = ("mean", "std", "min", "q1", "median", "q3", "max", "rate", "low", "high")
RESERVED = {*RECORDED, *STATUSES, "setting", "job", "error_rate", "trials", "budget", "training_accuracy", "seconds"}
RESERVED |= {f"{name}_{spread}" for name in (*RECORDED, "error_rate") for spread in SPREADS}
# Keys worth naming in a caption where all settings share their value.
CAPTION = ("model.name", "hidden", "optimizer.name", "optimizer.lr", "loss.name", "batch_size", "max_sequences")
LONGEST_REASON = 300  # characters
SHOWN = ("trials", "solved", "error_rate_median", "sequences_to_criterion", "parameters")  # of a summary, in a notebook
MOST_SHOWN = 20  # rows there


@dataclass(frozen=True, repr=False)
class Sweep:
    """What some folders hold, each trial counted once.

    trials: A row a trial, planned ones without a result included: `setting`, the varied keys, the
        columns of trials.csv, `error_rate` (wrong of test_sequences) and `job`, its folder.
        Besides those of trials.csv there are the statuses `running` and `missing`.
    settings: A row a setting, in the order of tables: the varied keys; indexed by `setting`.
    jobs: A row a job: `job` (its folder), `setting`, `status`, `error`, and of its result.json the
        `overrides` that made it, the `versions` that it ran with, its `origin`, the `digest` of
        its data, and the `steps` and `telling` of the traced sequence; and its flat `config`.
    keys: Columns of `settings` that tell the settings apart, and `task`.
    followers: The other columns of `settings`, each with the one of `keys` that tells its value.
    dotted: The config key of each column of `settings`.
    constants: Some keys whose value all settings share.
    chance: The share of wrong predictions of a guess at each setting's task; None where it is not known.
    notes: A line on everything that was left out, or counted otherwise than one might think.
    """

    trials: pd.DataFrame
    settings: pd.DataFrame
    jobs: pd.DataFrame
    keys: list[str]
    followers: dict[str, str]
    dotted: dict[str, str]
    constants: dict[str, Value]
    chance: list[float | None]
    notes: list[str]

    def __repr__(self) -> str:
        counts = self.trials["status"].value_counts()
        told = ", ".join(f"{counts[status]:,} {status}" for status in STATUSES if status in counts)
        return f"Sweep({len(self.settings):,} settings, {len(self.trials):,} trials: {told})"

    def _repr_html_(self) -> str:
        from multirun_analysis.frames.summary import summarise

        table = summarise(self)[[*self.keys, *SHOWN]]
        return f"<b>{escape(repr(self))}</b>{table.to_html(max_rows=MOST_SHOWN, float_format='{:.4g}'.format)}"

    def name(self, setting: int, keys: Sequence[str] | None = None) -> str:
        """What a setting is called: `recall lstm hidden=5`; or the part of it that some keys tell."""
        return format_setting({key: self._values[key][setting] for key in (self.keys if keys is None else keys)})

    @cached_property
    def _values(self) -> dict[str, list[Any]]:
        """The columns of `settings` as lists, which are read far faster."""
        return {str(key): column.tolist() for key, column in self.settings.items()}


def read_sweep(*folders: str | Path, where: Mapping[str, Any] | None = None) -> Sweep:
    """Read the jobs in one or several folders, whatever is there already.

    Args:
        folders: Sweeps, or single jobs.
        where: Keep the jobs whose config has these values: `{"task": "recall", "optimizer.lr": 0.001}`.
    Raises:
        AnalysisError: if a folder is missing, or nothing in it can be read or fits `where`.
    """
    jobs, problems = read_jobs(Path(folder) for folder in folders)
    jobs = select_jobs(jobs, where or {})
    configs = [job.config for job in jobs]
    settings = find_settings(configs, taken=RESERVED)
    trials, repeats = drop_repeated(build_trials(jobs, settings.of_jobs))
    trials = trials.join(settings.frame, on="setting")[
        ["setting", *settings.frame.columns, *RECORDED, "error_rate", "job"]
    ]
    kept = ["status", "error", "overrides", "versions", "origin", "digest", "steps", "telling"]
    state = [(str(job.folder), job.config, *(getattr(job.result, name) for name in kept)) for job in jobs]
    return Sweep(
        trials=trials,
        settings=settings.frame,
        jobs=pd.DataFrame(state, columns=["job", "config", *kept]).assign(setting=settings.of_jobs),
        keys=settings.keys,
        followers=settings.followers,
        dotted=settings.dotted,
        constants=_find_constants(configs),
        chance=_guess_errors(jobs, settings.of_jobs, len(settings.frame)),
        notes=[f"skipped: {problem}" for problem in problems] + _describe_unfinished(jobs) + repeats,
    )


def _guess_errors(jobs: Sequence[JobFolder], of_jobs: Sequence[int], num_settings: int) -> list[float | None]:
    chance: list[float | None] = [None] * num_settings
    for job, setting in zip(jobs, of_jobs, strict=True):
        known = job.result.chance
        chance[setting] = records.guess_error(job.result.config) if known is None else known
    return chance


def _find_constants(configs: Sequence[Mapping[str, Value]]) -> dict[str, Value]:
    shared = set.intersection(*(set(config.items()) for config in configs))
    values = {key: value for key, value in shared if key in CAPTION}
    return {key.removesuffix(".name").rpartition(".")[2]: values[key] for key in CAPTION if key in values}


def _format_reason(error: str | None) -> str:
    """The first line of what a job failed of."""
    line = (error or "no reason given").split("\n")[0]
    return visible(line if len(line) <= LONGEST_REASON else f"{line[:LONGEST_REASON]} ..")


def _describe_unfinished(jobs: Sequence[JobFolder]) -> list[str]:
    """A line for each reason why jobs failed, and one for all that run or were interrupted."""
    failed: dict[str, list[str]] = {}
    for job in jobs:
        if job.result.status == "failed":
            failed.setdefault(_format_reason(job.result.error), []).append(visible(str(job.folder)))
    lines = []
    for reason, folders in failed.items():
        more = f" and {len(folders) - 1} more jobs" if len(folders) > 1 else ""
        lines.append(f"failed: {folders[0]}{more}: {reason}")
    for status, words in (("running", "running"), ("interrupted", "interrupted")):
        if count := sum(job.result.status == status for job in jobs):
            lines.append(f"{count} of {len(jobs)} jobs {words}: of these, only finished trials count")
    return lines
