"""What training steps report: of one trial, and of all trials of a stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Steps:
    """What one trial's training steps reported, an entry a step, before each update.

    loss: The batch's loss.
    wrong: Sequences of the batch that were wrong.
    largest_error: Largest absolute error of a scored output; of softmax, logistic or raw
        outputs, by the target's kind.
    mean_error: Mean absolute error of the scored outputs.
    """

    loss: NDArray[np.float32]
    wrong: NDArray[np.int64]
    largest_error: NDArray[np.float32]
    mean_error: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.loss)


class Report(Sequence[Steps]):
    """What the trials of a stack reported: a `Steps` for each, kept flat, one after the other.

    Args:
        ends: (M,), where each trial's steps end in the arrays.
        loss, wrong, largest_error, mean_error: As in `Steps`, for all trials.
        work: (M,), how long each trial took, in any unit; a step's work is the same for all
            trials unless given.
    """

    def __init__(
        self,
        ends: NDArray[np.int64],
        loss: NDArray[np.float32],
        wrong: NDArray[np.int64],
        largest_error: NDArray[np.float32],
        mean_error: NDArray[np.float32],
        work: NDArray[np.float64] | None = None,
    ) -> None:
        self.ends = ends
        self.starts = np.zeros_like(ends)
        self.starts[1:] = ends[:-1]
        self.loss = loss
        self.wrong = wrong
        self.largest_error = largest_error
        self.mean_error = mean_error
        self.work = (ends - self.starts).astype(np.float64) if work is None else work

    @classmethod
    def join(cls, reports: Sequence[Steps]) -> Report:
        """Join reports of single trials."""
        return cls(
            np.cumsum([len(report) for report in reports]),
            np.concatenate([report.loss for report in reports], dtype=np.float32),
            np.concatenate([report.wrong for report in reports], dtype=np.int64),
            np.concatenate([report.largest_error for report in reports], dtype=np.float32),
            np.concatenate([report.mean_error for report in reports], dtype=np.float32),
        )

    def select(self, trials: NDArray[np.int64]) -> Report:
        """The report of some of the trials; those left out did no step."""
        fields = (self.loss, self.wrong, self.largest_error, self.mean_error)
        return Report(self.ends[trials], *fields, work=self.work[trials])

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, index: int) -> Steps: ...
    @overload
    def __getitem__(self, index: slice) -> list[Steps]: ...
    def __getitem__(self, index: int | slice) -> Steps | list[Steps]:
        if isinstance(index, slice):
            return [self[trial] for trial in range(*index.indices(len(self)))]
        trial = range(len(self))[index]
        own = slice(self.starts[trial], self.ends[trial])
        return Steps(self.loss[own], self.wrong[own], self.largest_error[own], self.mean_error[own])
