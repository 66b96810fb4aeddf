"""Watches a trial for the moment at which it has solved its task."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.report import Steps
from seqmem.tasks.task import Criterion


class CriterionWatch:
    """Finds the first step at which a criterion is met.

    Attributes:
        met_at: Number of steps when it was met first, or None.
    """

    def __init__(self, criterion: Criterion | None, batch_size: int) -> None:
        self.criterion = criterion
        self.met_at: int | None = None
        self.needed = math.ceil(criterion.sequences / batch_size) if criterion else 0
        self.streak = 0  # batches in a row that were all right
        self.errors = np.empty(0)  # mean errors of the last batches, `needed` at most

    @property
    def earliest(self) -> int:
        """Steps from now before which the criterion cannot be met."""
        return max(1, self.needed - self.streak)

    def record(self, report: Steps, steps_before: int) -> None:
        """Take note of the steps that follow the first `steps_before`."""
        if self.criterion is None or self.met_at is not None:
            return
        right = self._right(report, self.criterion)
        if not right.any():
            self.streak = 0
            return
        index = np.arange(len(report))
        last_wrong = np.maximum.accumulate(np.where(right, -1 - self.streak, index))
        streaks = index - last_wrong
        met = streaks >= self.needed
        if self.criterion.mean_error is not None:
            met &= self._recent_means(report.mean_error) < self.criterion.mean_error
        if met.any():
            self.met_at = steps_before + int(met.argmax()) + 1
        self.streak = int(streaks[-1])

    def state(self) -> dict[str, Any]:
        """What a trial needs to go on."""
        return {"met_at": self.met_at, "streak": self.streak, "errors": np.array(self.errors, np.float64)}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on where `state` left off."""
        self.met_at, self.streak = state["met_at"], int(state["streak"])
        self.errors = np.array(state["errors"], np.float64)

    @staticmethod
    def _right(report: Steps, criterion: Criterion) -> NDArray[np.bool_]:
        if criterion.tolerance is None:
            return np.equal(report.wrong, 0)
        return np.less(report.largest_error, criterion.tolerance)

    def _recent_means(self, errors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Mean over the last `needed` batches at each step of a report."""
        known = np.concatenate([self.errors, errors])
        self.errors = known[-self.needed :]
        sums = np.concatenate([[0.0], np.cumsum(known)])
        ends = np.arange(len(known) - len(errors), len(known)) + 1
        starts = np.maximum(ends - self.needed, 0)
        means: NDArray[np.float64] = (sums[ends] - sums[starts]) / (ends - starts)
        return means
