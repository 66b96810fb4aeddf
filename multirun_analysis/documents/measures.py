"""The figures that a row may ask for: a number of each trial of a setting, and how it is written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from multirun_analysis.documents.rows import NEVER
from multirun_analysis.frames.curves import read_curves
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.tables.formats import thousands, two_decimals
from seqmem import records

LONGEST_SHOWN = 50  # characters of a prediction in a message
Values = dict[int, float]  # by seed, of the trials that have one; infinite where what is waited for never comes


@dataclass(frozen=True)
class Trials:
    """The finished trials of one setting, and where the rest of their records is."""

    sweep: Sweep
    setting: int
    frame: pd.DataFrame

    @cached_property
    def curves(self) -> dict[int, pd.DataFrame]:
        """Each trial's curve, by its seed."""
        known = set(self.frame["seed"])
        curves = read_curves(self.sweep, [self.setting]).groupby("seed")
        return {int(str(seed)): curve for seed, curve in curves if seed in known}

    def records(self, read: Callable[[Path], Sequence[Any]]) -> Iterator[tuple[int, Any]]:
        """The rows of one file of all job folders that belong to these trials, with their seeds."""
        for job, group in self.frame.groupby("job"):
            seeds = dict(zip(group["trial"], group["seed"], strict=True))
            for row in read(Path(str(job))):
                if row.trial in seeds:
                    yield int(seeds[row.trial]), row


@dataclass(frozen=True)
class Measure:
    """How a figure is read and written.

    read: The values of a setting's trials, given the row's `at`.
    write: One value, or a mean of values.
    better: 1 where more of it is better, -1 where less is.
    """

    read: Callable[[Trials, str], Values]
    write: Callable[[float], str]
    better: int = -1


def _column(name: str) -> Callable[[Trials, str], Values]:
    def read(trials: Trials, at: str) -> Values:
        known = trials.frame[["seed", name]].dropna()
        return {int(seed): float(value) for seed, value in known.itertuples(index=False)}

    return read


def _train_loss(trials: Trials, at: str) -> Values:
    """The loss at a position of the curve, in training sequences; without one the last one."""
    if not at:
        return _column("train_loss")(trials, at)
    there = ((seed, curve["train_loss"][curve["sequences"] == int(at)]) for seed, curve in trials.curves.items())
    return {seed: float(loss.iloc[0]) for seed, loss in there if len(loss)}


def _last_loss(trials: Trials, at: str) -> Values:
    """The loss of the batch at a position of the curve, in training sequences."""
    there = ((seed, curve["last_loss"][curve["sequences"] == int(at)]) for seed, curve in trials.curves.items())
    return {seed: float(loss.iloc[0]) for seed, loss in there if len(loss)}


def _printed_losses(trials: Trials, at: str) -> list[tuple[int, pd.Series[float]]]:
    """The losses that a notebook prints: of the batch at every `every` training sequences up to the last; at: both."""
    every, last = map(int, at.split())
    return [
        (seed, curve["last_loss"][(curve["sequences"] % every == 0) & (curve["sequences"] <= last)].dropna())
        for seed, curve in trials.curves.items()
    ]


def _mean_printed_loss(trials: Trials, at: str) -> Values:
    return {seed: float(losses.mean()) for seed, losses in _printed_losses(trials, at) if len(losses)}


def _lowest_printed_loss(trials: Trials, at: str) -> Values:
    return {seed: float(losses.min()) for seed, losses in _printed_losses(trials, at) if len(losses)}


def _lowest_train_loss(trials: Trials, at: str) -> Values:
    return {seed: float(curve["train_loss"].min()) for seed, curve in trials.curves.items()}


def _accuracy(trials: Trials, at: str) -> Values:
    return {seed: 1 - rate for seed, rate in _column("error_rate")(trials, at).items()}


def _test_accuracy(trials: Trials, at: str) -> Values:
    """Accuracy on the test set at a position of the curve, in training sequences."""
    there = (
        (seed, curve["test_error"][curve["sequences"] == int(at)].dropna()) for seed, curve in trials.curves.items()
    )
    return {seed: 1 - float(error.iloc[0]) for seed, error in there if len(error)}


def _mean_test_accuracy(trials: Trials, at: str) -> Values:
    return {seed: 1 - rate for seed, rate in _column("mean_test_error")(trials, at).items()}


def _sequences_to_criterion(trials: Trials, at: str) -> Values:
    met = _column("sequences_to_criterion")(trials, at)
    return {int(seed): met.get(seed, math.inf) for seed in trials.frame["seed"]}


def _right_from(trials: Trials, at: str) -> Values:
    """Training sequences from which on nothing was wrong any more, the curve's last position included."""
    found = {}
    for seed, curve in trials.curves.items():
        wrong = curve["sequences"][curve["train_error"] > 0]
        later = curve["sequences"][curve["sequences"] > wrong.max()] if len(wrong) else curve["sequences"]
        found[seed] = float(later.min()) if len(later) else math.inf
    return found


def _answer(trials: Trials, at: str) -> Values:
    """What was answered where `at` is the target, of the trials that have samples."""
    rows = trials.records(records.read_samples)
    return {seed: _read_number(row.prediction) for seed, row in rows if row.target == at}


def _read_number(prediction: str) -> float:
    try:
        return float(prediction)
    except ValueError:
        shown = records.visible(prediction[:LONGEST_SHOWN])
        raise records.RecordError(f"its prediction {shown!r} in {records.SAMPLES} is no number") from None


def _residual(trials: Trials, at: str) -> Values:
    return {seed: answer - float(at) for seed, answer in _answer(trials, at).items()}


def _read_test(trials: Trials, name: str) -> Iterator[tuple[int, Any]]:
    for seed, row in trials.records(records.read_tests):
        if row.test == name and row.wrong is not None:
            yield seed, row


def _wrong_in_test(trials: Trials, at: str) -> Values:
    return {seed: float(row.wrong) for seed, row in _read_test(trials, at)}


def _accuracy_in_test(trials: Trials, at: str) -> Values:
    return {seed: 1 - row.wrong / row.test_sequences for seed, row in _read_test(trials, at)}


def _count(value: float) -> str:
    return NEVER if math.isinf(value) else thousands(value) if value == int(value) else f"{value:,.1f}"


def _loss(value: float) -> str:
    return f"{round(value, 4) + 0.0:.4f}"  # no -0.0000


def _percent(share: float) -> str:
    return f"{two_decimals(share)} %"


MEASURES = {
    "train_loss": Measure(_train_loss, _loss),
    "last_loss": Measure(_last_loss, _loss),
    "mean_printed_loss": Measure(_mean_printed_loss, _loss),
    "lowest_printed_loss": Measure(_lowest_printed_loss, _loss),
    "lowest_train_loss": Measure(_lowest_train_loss, _loss),
    "accuracy": Measure(_accuracy, _percent, 1),
    "test_accuracy": Measure(_test_accuracy, _percent, 1),
    "mean_test_accuracy": Measure(_mean_test_accuracy, _percent, 1),
    "accuracy_in_test": Measure(_accuracy_in_test, _percent, 1),
    "wrong": Measure(_column("wrong"), _count),
    "wrong_in_test": Measure(_wrong_in_test, _count),
    "outside_tolerance": Measure(_column("outside_tolerance"), _count),
    "sequences_to_criterion": Measure(_sequences_to_criterion, _count),
    "right_from": Measure(_right_from, _count),
    "answer": Measure(_answer, _loss, 1),
    "residual": Measure(_residual, _loss, 1),
}
