"""A row for each trial of a sweep, recorded or planned, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import pandas as pd

from multirun_analysis.frames.jobs import JobFolder
from seqmem.records import TrialResult

RECORDED = [column.name for column in fields(TrialResult)]
COUNTS = ["wrong", "outside_tolerance", "sequences", "sequences_to_criterion", "test_sequences", "parameters"]
# Of several records of one trial the first of these counts.
STATUSES = ["done", "diverged", "failed", "interrupted", "running", "missing"]
FINISHED = ["done", "diverged"]
LOST = [status for status in STATUSES if status != "done"]


def build_trials(jobs: Sequence[JobFolder], setting_of_jobs: Sequence[int]) -> pd.DataFrame:
    """Build a row for every trial that a job has recorded or still owes.

    A trial without a record has its job's status; where that is `done`, it is `missing`.
    """
    columns: dict[str, list[Any]] = {name: [] for name in ("setting", "job", *RECORDED)}
    for job, setting in zip(jobs, setting_of_jobs, strict=True):
        owed = sorted(set(job.planned_seeds) - {trial.seed for trial in job.trials})
        status = "missing" if job.result.status == "done" else job.result.status
        known: dict[str, list[Any]] = {
            "trial": [job.planned_seeds.index(seed) for seed in owed],
            "seed": owed,
            "status": [status] * len(owed),
        }
        for name in RECORDED:
            columns[name] += [getattr(trial, name) for trial in job.trials]
            columns[name] += known.get(name, [None] * len(owed))
        rows = len(job.trials) + len(owed)
        columns["setting"] += [setting] * rows
        columns["job"] += [str(job.folder)] * rows
    dtypes = dict.fromkeys(COUNTS, "Int64") | {"solved": "boolean"}
    dtypes |= dict.fromkeys(["answer_error", "mean_test_error", "train_loss", "test_loss", "wall_time_s"], "float64")
    trials = pd.DataFrame(columns).astype(dtypes)
    share = trials["wrong"].astype("Float64") / trials["test_sequences"]
    return trials.assign(error_rate=share.to_numpy("float64", na_value=float("nan")))


def drop_repeated(trials: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Keep one record of each trial, and say how many finished ones appear again."""
    rank = trials["status"].map({status: index for index, status in enumerate(STATUSES)})
    ordered = trials.assign(rank=rank).sort_values(["setting", "seed", "rank"], kind="stable").drop(columns="rank")
    finished = ordered[ordered["status"].isin(FINISHED)]
    repeated = int(finished.duplicated(["setting", "seed"]).sum())
    unlike = repeated - int(finished.duplicated(["setting", "seed", "status", "sequences", "wrong"]).sum())
    lines = []
    if repeated:
        lines.append(f"{repeated} trial(s) appear in several jobs (same config and seed): each counts once")
    if unlike:
        lines.append(f"{unlike} of these have another result there: the first in the order of folders counts")
    return ordered.drop_duplicates(["setting", "seed"]).reset_index(drop=True), lines


def count_wrong(ended: pd.DataFrame, column: str = "wrong") -> pd.Series[float]:
    """Wrong predictions of finished trials; a trial that diverged counts as all wrong."""
    return (
        ended[column].astype("float64").where(ended["status"] != "diverged", ended["test_sequences"].astype("float64"))
    )
