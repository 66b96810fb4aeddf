"""The figures that a row may ask for: a number of each trial of a point, and how it is written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from multirun_analysis.cells import thousands, two_decimals
from multirun_analysis.curves import read_curves
from multirun_analysis.documents.rows import NEVER
from multirun_analysis.sweep import Sweep
from seqmem import records

Values = list[float]  # of the trials that have one; infinite where what is waited for never comes


@dataclass(frozen=True)
class Trials:
    """The finished trials of one point, and where the rest of their records is."""

    sweep: Sweep
    point: int
    frame: pd.DataFrame

    def curves(self) -> Iterator[pd.DataFrame]:
        """Each trial's curve."""
        yield from (curve for _, curve in read_curves(self.sweep, [self.point]).groupby("seed"))

    def records(self, read: Callable[[Path], Sequence[Mapping[str, Any]]]) -> Iterator[Mapping[str, Any]]:
        """The rows of one file of all job folders that belong to these trials."""
        for job, group in self.frame.groupby("job"):
            known = set(group["trial"])
            yield from (row for row in read(Path(str(job))) if int(row["trial"]) in known)


@dataclass(frozen=True)
class Measure:
    """How a figure is read and written.

    read: The values of a point's trials, given the row's `at`.
    write: One value, or a mean of values.
    """

    read: Callable[[Trials, str], Values]
    write: Callable[[float], str]


def _column(name: str) -> Callable[[Trials, str], Values]:
    return lambda trials, _: [float(value) for value in trials.frame[name].dropna()]


def _train_loss(trials: Trials, at: str) -> Values:
    """The loss at a place of the curve, in training sequences; without a place the last one."""
    if not at:
        return _column("train_loss")(trials, at)
    return [float(loss) for curve in trials.curves() for loss in curve["train_loss"][curve["sequences"] == int(at)]]


def _lowest_train_loss(trials: Trials, at: str) -> Values:
    return [float(curve["train_loss"].min()) for curve in trials.curves()]


def _accuracy(trials: Trials, at: str) -> Values:
    return [1 - rate for rate in _column("error_rate")(trials, at)]


def _mean_test_accuracy(trials: Trials, at: str) -> Values:
    return [1 - rate for rate in _column("mean_test_error")(trials, at)]


def _sequences_to_criterion(trials: Trials, at: str) -> Values:
    met = trials.frame["sequences_to_criterion"].astype("Float64")
    return [float(value) for value in met.to_numpy("float64", na_value=math.inf)]


def _right_from(trials: Trials, at: str) -> Values:
    """Training sequences from which on nothing was wrong any more, the curve's last place included."""
    found = []
    for curve in trials.curves():
        wrong = curve["sequences"][curve["train_error"] > 0]
        later = curve["sequences"][curve["sequences"] > wrong.max()] if len(wrong) else curve["sequences"]
        found.append(float(later.min()) if len(later) else math.inf)
    return found


def _answer(trials: Trials, at: str) -> Values:
    """What was answered where `at` is the target, of the trials that have samples."""
    return [float(row["prediction"]) for row in trials.records(records.read_samples) if row["target"] == at]


def _wrong_in_test(trials: Trials, at: str) -> Values:
    rows = trials.records(records.read_tests)
    return [float(row["wrong"]) for row in rows if row["test"] == at and row["wrong"] is not None]


def _accuracy_in_test(trials: Trials, at: str) -> Values:
    rows = trials.records(records.read_tests)
    return [1 - row["wrong"] / row["test_sequences"] for row in rows if row["test"] == at and row["wrong"] is not None]


def _count(value: float) -> str:
    return NEVER if math.isinf(value) else thousands(value) if value == int(value) else f"{value:,.1f}"


def _loss(value: float) -> str:
    return f"{round(value, 4) + 0.0:.4f}"  # no -0.0000


def _percent(share: float) -> str:
    return f"{two_decimals(share)} %"


MEASURES = {
    "train_loss": Measure(_train_loss, _loss),
    "lowest_train_loss": Measure(_lowest_train_loss, _loss),
    "accuracy": Measure(_accuracy, _percent),
    "mean_test_accuracy": Measure(_mean_test_accuracy, _percent),
    "accuracy_in_test": Measure(_accuracy_in_test, _percent),
    "wrong": Measure(_column("wrong"), _count),
    "wrong_in_test": Measure(_wrong_in_test, _count),
    "outside_tolerance": Measure(_column("outside_tolerance"), _count),
    "sequences_to_criterion": Measure(_sequences_to_criterion, _count),
    "right_from": Measure(_right_from, _count),
    "answer": Measure(_answer, _loss),
}
