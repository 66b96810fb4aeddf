"""The contract of the engines: what trains trials side by side, and what becomes of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.footprint import Footprint, count_fitting, size_stack
from seqmem.engines.report import Report
from seqmem.job.job import Job
from seqmem.machine import available_memory, count_cores
from seqmem.tasks.task import Sequences

Parts = Iterable[tuple[Job, int]]  # of a stack: jobs, and how many trials of each


@dataclass(frozen=True)
class Trial:
    """One network to be trained once: a setting of a sweep and a seed."""

    job: Job
    seed: int


@dataclass(frozen=True)
class Engine(ABC):
    """A way to train stacks of trials: a class for each, which answers for itself.

    An engine is its folder and its line in `choose.py`; nothing above knows more of it than this
    class and `Stack`. Importing its class loads no library that computes. An object of it is the
    engine on a device of this machine; two are equal if they are the same in all of that.

    Attributes:
        name: As the config key `engine` has it.
        devices: Those that it runs on, as the config key `device` has them.
        runs: Which jobs it runs, in a few words.

    Args:
        device: One of `devices`.
        threads: Cores to use; None for all that the process may use.
    """

    name: ClassVar[str]
    devices: ClassVar[tuple[str, ...]]
    runs: ClassVar[str]

    device: str = "cpu"
    threads: int | None = None

    @property
    def num_threads(self) -> int:
        """Cores that are used."""
        return self.threads or count_cores()

    # What it can do.

    @abstractmethod
    def find_obstacle(self, job: Job) -> str | None:
        """Why it cannot run a job, in one clause; None if it can."""

    @abstractmethod
    def check_device(self) -> None:
        """Check that this machine has the device: to be asked on the machine that trains.

        Raises:
            ValueError: if it has not.
        """

    def stack_key(self, job: Job) -> Hashable:
        """What jobs must have in common to share a stack; any may unless an engine says otherwise."""
        return None

    # What it takes.

    @abstractmethod
    def measure(self, job: Job) -> Footprint:
        """What each of a job's trials takes of the memory."""

    @abstractmethod
    def estimate_seconds(self, job: Job, trials: int) -> float:
        """About how many seconds some trials of a job take, alone on the machine, if none ends early."""

    @abstractmethod
    def vector_width(self) -> str:
        """The vectors that it computes with, on which its last bits may depend; of a GPU its name."""

    def free_memory(self) -> float:
        """Bytes that there are for training now."""
        return available_memory()

    def estimate_memory(self, parts: Parts) -> float:
        """About how many bytes a stack takes, beside the program itself."""
        return size_stack(((self.measure(job), trials) for job, trials in parts), self.num_threads)

    def count_fitting(self, parts: Parts, free: float) -> int:
        """How many trials a stack may have, so that it takes no more memory than `free`; at least one.

        Args:
            parts: Jobs that can share a stack, and how many trials of each there are, in their order.
            free: In bytes.
        """
        return count_fitting(((self.measure(job), trials) for job, trials in parts), self.num_threads, free)

    # What it does.

    @abstractmethod
    def build(self, trials: Sequence[Trial]) -> Stack:
        """Make trials ready to be trained side by side.

        Raises:
            ValueError: if their jobs cannot be run, or cannot share a stack.
        """


class Stack(Protocol):
    """Trials that an engine trains side by side, and answers for.

    A trial is named by its index in the stack. What it computes does not depend on the others.
    """

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
        """Test trials, each on its own test set, or on that of `Job.for_test(test)`; see `draw_test_set`.

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


@dataclass(frozen=True)
class Evaluation:
    """How a trial did on its test set.

    loss: As in training, over the whole set.
    wrong: Sequences that were wrong.
    outside_tolerance: Sequences with an output further than the task's strict tolerance from
        its target; None where the task has no such rule.
    answer_error: Share of the answers that were wrong, where a sequence has several; else None.
    """

    loss: float
    wrong: int
    outside_tolerance: int | None
    answer_error: float | None = None


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
