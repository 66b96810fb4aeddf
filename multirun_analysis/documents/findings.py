"""What was found for each row: the point's trials, their figures, and how the printed one compares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from multirun_analysis.documents.measures import MEASURES, Trials, Values
from multirun_analysis.documents.rows import NEVER, Row
from multirun_analysis.sweep import Sweep
from multirun_analysis.trials import FINISHED
from seqmem import records


@dataclass(frozen=True)
class Finding:
    """A row with what stands beside it.

    missing: Why there is nothing, in words; empty if there is something.
    point: The sweep's point that it is of; None if there is nothing.
    values: The figure of each trial that has one; infinite where it never came.
    trials: How many of the point's trials have ended.
    solved: How many of these met their task's criterion.
    wrong: Mean of their wrong predictions; NaN if none was tested.
    test_sequences: How many they were tested on.
    """

    row: Row
    missing: str = ""
    point: int | None = None
    values: Values = field(default_factory=list)
    trials: int = 0
    solved: int = 0
    wrong: float = math.nan
    test_sequences: int = 0

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def median(self) -> float:
        """The middle value; of an even number the larger of the two where one never came."""
        return float(np.quantile(self.values, 0.5, method="higher" if math.inf in self.values else "linear"))

    @property
    def within(self) -> bool | None:
        """Whether the printed figure lies between the smallest and the largest of ours, rounded as it is.

        None where nothing was printed, or where fewer than two trials are no spread.
        """
        if not self.row.printed or len(self.values) < 2:
            return None
        if self.row.printed == NEVER:
            return math.inf in self.values
        digits = max(4, len(self.row.printed.partition(".")[2]))
        return round(min(self.values), digits) <= float(self.row.printed) <= round(max(self.values), digits)


def find(rows: Sequence[Row], sweep: Sweep) -> list[Finding]:
    """Look every row up in a sweep.

    A job belongs to a row if its overrides contain the row's, whatever else was typed; jobs
    that differ in more than their seeds are several points, and no answer.
    """
    return [_find(row, sweep) for row in rows]


def _find(row: Row, sweep: Sweep) -> Finding:
    points = sweep.jobs["point"][match(row, sweep.jobs["overrides"])].unique()
    if not len(points):
        return Finding(row, f"not run: {row.absent}" if row.absent else "not run")
    if len(points) > 1:
        return Finding(row, f"{len(points)} points fit: compare them in folders of their own")
    trials = sweep.trials[(sweep.trials["point"] == points[0]) & sweep.trials["status"].isin(FINISHED)]
    if not len(trials):
        return Finding(row, "no trial is finished yet")
    try:
        values = MEASURES[row.figure].read(Trials(sweep, int(points[0]), trials), row.at)
    except records.RecordError as error:
        return Finding(row, str(error))
    if not values:
        return Finding(row, f"its trials have no {row.label}")
    return Finding(
        row,
        point=int(points[0]),
        values=values,
        trials=len(trials),
        solved=int(trials["solved"].sum()),
        wrong=float(trials["wrong"].astype("Float64").mean()) if trials["wrong"].notna().any() else math.nan,
        test_sequences=int(trials["test_sequences"].iloc[0]),
    )


def match(row: Row, overrides: pd.Series[list[str]]) -> pd.Series[bool]:
    """Which of some jobs are the row's, by their overrides."""
    return overrides.map(lambda own: set(row.overrides) <= set(own)).astype(bool)
