"""The contract between the trainer and what computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, overload

import numpy as np
from numpy.typing import NDArray

from seqmem.job.job import Job
from seqmem.tasks.task import Sequences


@dataclass(frozen=True)
class Trial:
    """One network to be trained once: a point of a sweep and a seed."""

    job: Job
    seed: int


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
            return [self[place] for place in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        own = slice(self.starts[place], self.ends[place])
        return Steps(self.loss[own], self.wrong[own], self.largest_error[own], self.mean_error[own])


@dataclass(frozen=True)
class Evaluation:
    """How a trial did on its test set.

    loss: As in training, over the whole set.
    wrong: Sequences that were wrong.
    outside_tolerance: Sequences with an output further than the task's strict tolerance from
        its target; None where the task has no such rule.
    """

    loss: float
    wrong: int
    outside_tolerance: int | None


@dataclass(frozen=True)
class Trace:
    """How one sequence passes through one trained network.

    gradient_norm: (L,), norm of the gradient of the sequence's loss, as far as its last step
        contributes to it (by its share of a mean over steps), with respect to each input step (the
        one-hot, embedded or dense vector), as it reaches back through the layers: what the
        attention `cosine` sees of the symbols themselves is left out.
    hidden: (L, H), output of the top layer at each step; (L, 2 H) in both directions.
    """

    gradient_norm: NDArray[np.float32]
    hidden: NDArray[np.float32]


class Engine(Protocol):
    """Trains a stack of trials and answers for them.

    A trial is named by its place in the stack that the engine was built with. What it computes
    does not depend on the others.
    """

    name: str
    device: str

    def advance(self, steps: Sequence[int]) -> Report:
        """Train each trial by at most `steps[i]` steps; 0 for trials that wait or are retired.

        Returns what each trial did; an engine may do fewer steps than asked, but at least one
        for each trial that was asked for any. A trial stops after a step whose loss is not
        finite.
        """
        ...

    def retire(self, trial: int) -> None:
        """Let go of what only training needs; all but `advance` and `state` still work."""
        ...

    def evaluate(self, trials: Sequence[int], test: str | None = None) -> list[Evaluation]:
        """Test trials, each on its own test set, or on that of `Job.for_test(test)` (`draw_test_set`).

        A further test that runs in a closed loop has no loss, which is NaN.
        """
        ...

    def predict(self, trial: int, sequences: Sequences) -> NDArray[np.float32]:
        """Outputs, (n, K) or (n, T, K): softmax for classes, logistic for bits, else raw."""
        ...

    def trace(self, trial: int, sequence: Sequences) -> Trace:
        """Follow one sequence (n = 1) through a network."""
        ...

    def weights(self, trial: int) -> dict[str, NDArray[np.float32]]:
        """A trial's weights, named and ordered as by `Network.parameters`."""
        ...

    def state(self, trial: int) -> dict[str, Any]:
        """All that a trial needs to go on: weights, optimizer, random streams, counters."""
        ...

    def load_state(self, trial: int, state: dict[str, Any]) -> None:
        """Take up a trial where `state` left it."""
        ...
