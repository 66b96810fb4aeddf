"""Training curves: what a stack's steps reported, as a few points a trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.report import Report


@dataclass(frozen=True)
class CurvePoint:
    """Mean loss and error rate in training since the last point, and those on other sets if evaluated.

    last_loss: The loss of the last batch alone, which is what most notebooks print.
    """

    sequences: int
    train_loss: float
    train_error: float
    test_loss: float | None = None
    test_error: float | None = None
    last_loss: float | None = None
    validation_loss: float | None = None
    validation_error: float | None = None


COLUMNS = 8  # of points kept as an array
SEQUENCES, TRAIN_LOSS, TRAIN_ERROR, TEST_LOSS, TEST_ERROR, LAST_LOSS, VALIDATION_LOSS, VALIDATION_ERROR = range(COLUMNS)
UNTESTED = -1.0  # in place of a loss or error that there is none of


class Curve(Sequence[CurvePoint]):
    """One trial's curve; a sequence of points, kept as one array.

    Args:
        points: (n, COLUMNS), a column for each field of a point.
    """

    def __init__(self, points: NDArray[np.float64]) -> None:
        self.points = points

    def __len__(self) -> int:
        return len(self.points)

    @overload
    def __getitem__(self, index: int) -> CurvePoint: ...
    @overload
    def __getitem__(self, index: slice) -> Curve: ...
    def __getitem__(self, index: int | slice) -> CurvePoint | Curve:
        if isinstance(index, slice):
            return Curve(self.points[index])
        return _make_point(self.points[index].tolist())

    def __iter__(self) -> Iterator[CurvePoint]:
        return map(_make_point, self.points.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Curve) and self.points.tobytes() == other.points.tobytes()

    def __repr__(self) -> str:
        return f"Curve({list(self)!r})"

    __hash__ = None  # type: ignore[assignment]


def _make_point(values: list[float]) -> CurvePoint:
    sequences, train_loss, train_error, *test, last_loss, validation_loss, validation_error = values
    test_loss, test_error = test if test[1] != UNTESTED else (None, None)
    validation = (validation_loss, validation_error) if validation_error != UNTESTED else (None, None)
    return CurvePoint(int(sequences), train_loss, train_error, test_loss, test_error, last_loss, *validation)


def _after(last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where groups begin that end at `last`, one after the other."""
    first = np.zeros_like(last)
    first[1:] = last[:-1] + 1
    return first


def _count_up(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each count n the numbers 0 .. n - 1, one after the other."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


class CurveRecorder:
    """Turns the reports of a stack into points, all trials at once.

    A point ends after every `point_steps` steps of an evaluation interval, and where the trial
    is evaluated or finished.

    Args:
        batch_sizes: (M,).
        evaluation_steps: (M,), training steps between two evaluations.
        points: How many points an evaluation interval has.
    """

    def __init__(self, batch_sizes: NDArray[np.int64], evaluation_steps: NDArray[np.int64], points: int) -> None:
        self.batch_sizes = batch_sizes
        self.evaluation_steps = evaluation_steps
        self.point_steps = np.maximum(1, evaluation_steps // points)
        self.parts: list[list[NDArray[np.float64]]] = [[] for _ in batch_sizes]
        # Since a trial's last point: sum of losses, wrong sequences, number of steps. A few float32 numbers add up
        # exactly in float64, so that it makes no difference how the steps were reported.
        self.open = np.zeros((3, len(batch_sizes)))

    def add(
        self, trials: NDArray[np.int64], before: NDArray[np.int64], report: Report, closing: NDArray[np.bool_]
    ) -> None:
        """Add what some trials of the stack reported.

        Args:
            trials: (A,) rows in the stack.
            before: (A,) steps that each had done before.
            report: Of these trials, in this order, at least one step each, within one interval.
            closing: (A,) whether a point ends with the report.
        """
        starts, lengths = report.starts, report.ends - report.starts
        phase, steps = before % self.evaluation_steps[trials], self.point_steps[trials]
        # Where points end within the reports: at every multiple of `steps` in the evaluation interval.
        first = phase // steps + 1
        count, left_over = np.divmod(phase + lengths, steps)
        count -= first - 1
        inside = np.repeat(starts + first * steps - phase - 1, count) + _count_up(count) * np.repeat(steps, count)
        last = np.concatenate([inside, report.ends[left_over > 0] - 1])
        last.sort()  # last step of each group: the steps of one point, or of one that stays open
        owner = np.searchsorted(report.ends, last, side="right")
        final = np.searchsorted(last, report.ends - 1)  # each trial's last group
        closed = np.ones(len(last), bool)
        closed[final] = closing | (left_over == 0)
        groups = _after(last)
        sums = np.empty((3, len(last)))
        np.add.reduceat(report.loss, groups, dtype=np.float64, out=sums[0])
        np.add.reduceat(report.wrong, groups, dtype=np.float64, out=sums[1])
        sums[2] = last + 1 - groups
        sums[:, _after(final)] += self.open[:, trials]
        self.open[:, trials] = np.where(closed[final], 0, sums[:, final])
        number = before[owner] + last - starts[owner] + 1
        self._append(trials[owner[closed]], number[closed], sums[:, closed], report.loss[last[closed]])

    def _append(
        self,
        trials: NDArray[np.int64],
        steps: NDArray[np.int64],
        sums: NDArray[np.float64],
        last_loss: NDArray[np.floating[Any]],
    ) -> None:
        """Append points, in the order of their trials."""
        points = np.full((len(trials), COLUMNS), UNTESTED)
        points[:, SEQUENCES] = steps * self.batch_sizes[trials]
        points[:, TRAIN_LOSS] = sums[0] / sums[2]
        points[:, TRAIN_ERROR] = sums[1] / sums[2] / self.batch_sizes[trials]
        points[:, LAST_LOSS] = last_loss
        borders = [*np.flatnonzero(np.diff(trials, prepend=-1)).tolist(), len(trials)]
        for start, end in pairwise(borders):
            self.parts[trials[start]].append(points[start:end])

    def add_test(self, trial: int, loss: float, error: float) -> None:
        """Add a test to a trial's last point."""
        part = self.parts[trial][-1]
        part[-1, TEST_LOSS], part[-1, TEST_ERROR] = loss, error

    def add_validation(self, trial: int, loss: float, error: float) -> None:
        """Add a test on the validation set to a trial's last point."""
        part = self.parts[trial][-1]
        part[-1, VALIDATION_LOSS], part[-1, VALIDATION_ERROR] = loss, error

    def take(self, trial: int) -> Curve:
        """A trial's curve, which is forgotten here."""
        points = self._join(trial)
        self.parts[trial] = []
        return Curve(points)

    def state(self, trial: int) -> dict[str, Any]:
        """A trial's points so far, and the sums of the one that is open."""
        return {"points": self._join(trial), "open": self.open[:, trial].copy()}

    def load_state(self, trial: int, state: Mapping[str, Any]) -> None:
        """Go on with a trial's curve where `state` left it.

        Raises:
            ValueError: if it is no such state.
        """
        points = state["points"]
        if points.ndim != 2 or points.shape[1] != COLUMNS:
            raise ValueError(f"points of a curve have {COLUMNS} columns, got {points.shape}")
        self.open[:, trial] = state["open"]
        self.parts[trial] = [np.array(points, np.float64)] if len(points) else []

    def _join(self, trial: int) -> NDArray[np.float64]:
        return np.concatenate([np.empty((0, COLUMNS)), *self.parts[trial]])
