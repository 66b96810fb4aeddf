"""What was found for each row: the point's trials, their figures, and where among them the printed one stands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from multirun_analysis.documents.measures import MEASURES, Trials, Values
from multirun_analysis.documents.rows import NEVER, Row
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import FINISHED
from multirun_analysis.statistics.placing import Place, find_place
from seqmem import records

FEWEST = 2  # trials: one is no spread


@dataclass(frozen=True)
class Finding:
    """A row with what stands beside it.

    missing: Why there is nothing, in words; empty if there is something.
    point: The sweep's point that it is of; None if there is nothing.
    of_seed: The figure of each trial that has one, by its seed; infinite where it never came.
    trials: How many of the point's trials have ended.
    solved: How many of these met their task's criterion.
    """

    row: Row
    missing: str = ""
    point: int | None = None
    of_seed: Values = field(default_factory=dict)
    trials: int = 0
    solved: int = 0

    @property
    def values(self) -> list[float]:
        return list(self.of_seed.values())

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def median(self) -> float:
        """The middle value; of an even number the larger of the two where one never came."""
        return float(np.quantile(self.values, 0.5, method="higher" if math.inf in self.values else "linear"))

    @property
    def differs(self) -> str:
        """Why the printed figure is not compared; empty where it is, or where none was printed."""
        return self.row.differs if self.row.printed else ""

    @property
    def is_compared(self) -> bool:
        return bool(self.row.printed) and not self.differs and len(self.of_seed) >= FEWEST

    @property
    def printed(self) -> float:
        """The printed figure as a number."""
        return math.inf if self.row.printed == NEVER else float(self.row.printed)

    @property
    def rounded(self) -> Values:
        """The trials' figures with as many decimals as the printed one has, so that what was printed can equal them.

        A figure that was printed with fewer than two (0, 1.0) is taken as it is, to four.
        """
        decimals = len(self.row.printed.partition(".")[2])
        return {seed: round(value, decimals if decimals > 1 else 4) for seed, value in self.of_seed.items()}

    @cached_property
    def place(self) -> Place | None:
        """Where among our trials the printed figure stands; None where it is not compared."""
        return find_place(self.printed, list(self.rounded.values())) if self.is_compared else None


def find(rows: Sequence[Row], sweep: Sweep) -> list[Finding]:
    """Look every row up in a sweep.

    A job belongs to a row if its overrides contain the row's, whatever else was typed; jobs
    that differ in more than their seeds are several points, and no answer.
    """
    ended = sweep.trials[sweep.trials["status"].isin(FINISHED)]
    of_point = {int(str(point)): Trials(sweep, int(str(point)), frame) for point, frame in ended.groupby("point")}
    return [_find(row, sweep, of_point) for row in rows]


def _find(row: Row, sweep: Sweep, of_point: Mapping[int, Trials]) -> Finding:
    points = sweep.jobs["point"][match(row, sweep.jobs["overrides"])].unique()
    if not len(points):
        return Finding(row, f"not run: {row.absent}" if row.absent else "not run")
    if len(points) > 1:
        return Finding(row, f"{len(points)} points fit: compare them in folders of their own")
    trials = of_point.get(int(points[0]))
    if trials is None:
        return Finding(row, "no trial is finished yet")
    try:
        values = MEASURES[row.figure].read(trials, row.at)
    except records.RecordError as error:
        return Finding(row, str(error))
    if not values:
        return Finding(row, f"its trials have no {row.label}")
    solved = int(trials.frame["solved"].sum())
    return Finding(row, point=trials.point, of_seed=values, trials=len(trials.frame), solved=solved)


def match(row: Row, overrides: pd.Series[list[str]]) -> pd.Series[bool]:
    """Which of some jobs are the row's, by their overrides."""
    return overrides.map(lambda own: set(row.overrides) <= set(own)).astype(bool)
