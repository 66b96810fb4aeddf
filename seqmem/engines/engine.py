"""The contract between the trainer and what computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seqmem.job import Job
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
        contributes to it (1/L of a mean over steps), with respect to each input step (the
        one-hot, embedded or dense vector).
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

    def advance(self, steps: Sequence[int]) -> list[Steps]:
        """Train each trial by at most `steps[i]` steps; 0 for trials that wait or are retired.

        Returns what each trial did; an engine may do fewer steps than asked, but at least one
        for each trial that was asked for any. A trial stops after a step whose loss is not
        finite.
        """
        ...

    def retire(self, trial: int) -> None:
        """Let go of what only training needs; all but `advance` and `state` still work."""
        ...

    def evaluate(self, trials: Sequence[int]) -> list[Evaluation]:
        """Test trials, each on its own test set, `seqmem.data.draw_test_set`."""
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
