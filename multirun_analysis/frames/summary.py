"""A row for each setting: what its trials came to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from multirun_analysis.frames.solving import criterion_times
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import FINISHED, LOST, STATUSES, count_wrong
from multirun_analysis.statistics.intervals import median_intervals, wilson_interval
from multirun_analysis.statistics.survival import median_interval, median_time


def summarise(sweep: Sweep) -> pd.DataFrame:
    """Summarise a sweep: a row a setting, in the order of `sweep.settings`.

    Every figure is one over trials; predictions of one trial are not independent, and never
    pooled. A trial that diverged counts as all wrong, as not solved, and as not having met its
    criterion within the largest number of sequences that any trial of its setting saw.

    Columns: the varied keys; `trials` (done or diverged), `diverged`, `failed`, `interrupted`,
    `running`, `missing`; `solved` and its share with a Wilson interval; `wrong_..` and
    `outside_tolerance_..` of `test_sequences`; the mean `error_rate` and its median with an interval
    that at least 95 % of such samples' intervals cover (`median_intervals`); of single answers the mean
    `answer_error` and its median, where a sequence has several;
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
    return pd.concat(
        [
            table,
            _count_solved(ended, table["trials"]),
            _describe(ended, "wrong").reindex(table.index),
            _describe(ended, "outside_tolerance").reindex(table.index),
            _rate_errors(ended).reindex(table.index),
            _rate_answers(ended).reindex(table.index),
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


def _describe(ended: pd.DataFrame, column: str) -> pd.DataFrame:
    """Mean and so on over trials; the standard deviation is that of a sample."""
    counted = ended[ended.groupby("setting")[column].transform("count") > 0] if column != "wrong" else ended
    values = count_wrong(counted, column).groupby(counted["setting"])
    quartiles = {"min": 0.0, "q1": 0.25, "median": 0.5, "q3": 0.75, "max": 1.0}
    table = {f"{column}_mean": values.mean(), f"{column}_std": values.std()}
    return pd.DataFrame(table | {f"{column}_{name}": values.quantile(level) for name, level in quartiles.items()})


def _rate_errors(ended: pd.DataFrame) -> pd.DataFrame:
    """Wrong predictions as a share of the test set, the same for all trials of a setting."""
    of = ended.groupby("setting")["test_sequences"].first()
    rates = count_wrong(ended) / ended["test_sequences"].astype("float64")
    tested = ended.assign(rate=rates)[rates.notna()]
    starts = np.searchsorted(tested["setting"], of.index)  # trials stand in the order of their settings
    intervals = median_intervals(np.split(tested["rate"].to_numpy("float64"), starts[1:]) if len(of) else [])
    settings = tested.groupby("setting")["rate"]
    return pd.DataFrame(
        {
            "test_sequences": of,
            "error_rate": settings.mean(),
            "error_rate_median": settings.median(),
            "error_rate_low": pd.Series(intervals[:, 0], of.index),
            "error_rate_high": pd.Series(intervals[:, 1], of.index),
        }
    )


def _rate_answers(ended: pd.DataFrame) -> pd.DataFrame:
    """Wrong answers as a share of all, where a sequence has several; of a trial that diverged all are wrong."""
    several = ended.groupby("setting")["answer_error"].transform("count") > 0
    rates = ended["answer_error"].where(ended["status"] != "diverged", 1.0)[several]
    settings = rates.groupby(ended["setting"][several])
    return pd.DataFrame({"answer_error": settings.mean(), "answer_error_median": settings.median()})


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
