"""One line of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Effort:
    """How thoroughly to measure.

    Args:
        rounds: How often everyone has a turn.
        turn_s: About how long a turn takes.
        threads: Cores that this process may use.
        quick: See that everything runs, instead of measuring it.
    """

    rounds: int
    turn_s: float
    threads: int
    quick: bool = False


@dataclass(frozen=True)
class Spread:
    """The median of several rounds, and the least and largest of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(float(np.median(values)), float(np.min(values)), float(np.max(values)))


@dataclass(frozen=True)
class Row:
    """What was measured.

    Args:
        section: Where it belongs.
        what: What was done.
        who: Who did it.
        value: What came out.
        unit: Of the value.
        ratio: Our speed over theirs, where `who` is a rival, within each round.
        peak: Share of the peak of the cores that were used.
        trials: How many trials, where that varies.
        at_least: Floor of the ratio, or else of the share of the peak, or else of the value.
        at_most: The most that the value may be.
        note: What to know about it.
    """

    section: str
    what: str
    who: str
    value: Spread
    unit: str
    ratio: Spread | None = None
    peak: float | None = None
    trials: int | None = None
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the floor is reached; None where there is none."""
        if self.at_most is not None:
            return self.value.median <= self.at_most
        if self.at_least is None:
            return None
        reached = self.ratio.median if self.ratio else self.value.median if self.peak is None else self.peak
        return reached >= self.at_least
