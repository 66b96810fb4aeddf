"""A row for each setting: what its trials came to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from multirun_analysis.frames.solving import criterion_times
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import FINISHED, LOST, STATUSES
from multirun_analysis.statistics.intervals import mean_intervals, wilson_interval
from multirun_analysis.statistics.survival import median_interval, median_time


def summarise(sweep: Sweep) -> pd.DataFrame:
    """Summarise a sweep: a row a setting, in the order of `sweep.settings`.

    Every figure is one over trials; predictions of one trial are not independent, and never
    pooled. Numbers about the test set are over the trials that ended (`done`). A trial that
    diverged counts as not solved, and as not having met its criterion within the largest number
    of sequences that any trial of its setting saw.

    Columns: the varied keys; `trials` (done or diverged), `diverged`, `failed`, `interrupted`,
    `running`, `missing`; `solved` and its share with a Wilson interval; `wrong_..` and
    `outside_tolerance_..` of `test_sequences`; `error_rate` with a bootstrap interval;
    `training_accuracy`, the mean accuracy on the test set while training; the Kaplan-Meier
    median of `sequences_to_criterion` with an interval (empty: not reached) and `budget`, the
    sequences within which trials did not meet it; `parameters`; `seconds` a trial.
    Intervals (`_low`, `_high`) are those of 95 % confidence.
    """
    trials = sweep.trials
    table = sweep.settings.copy()
    status = pd.crosstab(trials["setting"], trials["status"]).reindex(table.index, columns=STATUSES, fill_value=0)
    table["trials"] = status[FINISHED].sum(axis=1)
    table[LOST] = status[LOST]
    ended = trials[trials["status"].isin(FINISHED)]
    done = trials[trials["status"] == "done"]
    return pd.concat(
        [
            table,
            _count_solved(ended, table["trials"]),
            _describe(done, "wrong").reindex(table.index),
            _describe(done, "outside_tolerance").reindex(table.index),
            _rate_errors(done).reindex(table.index),
            _time_criterion(ended).reindex(table.index),
            _measure(ended).reindex(table.index),
        ],
        axis=1,
    )


def _count_solved(ended: pd.DataFrame, trials: pd.Series[int]) -> pd.DataFrame:
    solved = ended.groupby("setting")["solved"].sum().reindex(trials.index, fill_value=0).astype(int)
    low, high = wilson_interval(solved, trials)
    share = solved / trials.where(trials > 0)
    return pd.DataFrame({"solved": solved, "solved_rate": share, "solved_low": low, "solved_high": high})


def _describe(done: pd.DataFrame, column: str) -> pd.DataFrame:
    """Mean and so on over trials; the standard deviation is that of a sample."""
    values = done[column].astype("float64").groupby(done["setting"])
    quartiles = {"min": 0.0, "q1": 0.25, "median": 0.5, "q3": 0.75, "max": 1.0}
    table = {f"{column}_mean": values.mean(), f"{column}_std": values.std()}
    return pd.DataFrame(table | {f"{column}_{name}": values.quantile(level) for name, level in quartiles.items()})


def _rate_errors(done: pd.DataFrame) -> pd.DataFrame:
    """Wrong predictions as a share of the test set, the same for all trials of a setting."""
    of = done.groupby("setting")["test_sequences"].first()
    tested = done[done["wrong"].notna()]
    starts = np.searchsorted(tested["setting"], of.index)  # trials stand in the order of their settings
    counts = np.split(tested["wrong"].to_numpy("float64"), starts[1:]) if len(of) else []
    intervals = mean_intervals(counts) / of.to_numpy("float64")[:, None]
    mean = done.groupby("setting")["error_rate"].mean()
    return pd.DataFrame(
        {
            "test_sequences": of,
            "error_rate": mean,
            "error_rate_low": intervals[:, 0],
            "error_rate_high": intervals[:, 1],
        }
    )


def _time_criterion(ended: pd.DataFrame) -> pd.DataFrame:
    rows = {}
    for setting, times, met in criterion_times(ended):
        budget = np.nan if met.all() else times[~met].max()
        rows[setting] = (median_time(times, met), *median_interval(times, met), budget)
    name = "sequences_to_criterion"
    return pd.DataFrame.from_dict(rows, orient="index", columns=[name, f"{name}_low", f"{name}_high", "budget"])


def _measure(ended: pd.DataFrame) -> pd.DataFrame:
    settings = ended.groupby("setting")
    return pd.DataFrame(
        {
            "training_accuracy": 1 - settings["mean_test_error"].mean(),
            "parameters": settings["parameters"].first(),
            "seconds": settings["wall_time_s"].mean(),
        }
    )
