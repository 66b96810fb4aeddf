"""Where a trial's sequences come from: fresh at every step, or a fixed set in epochs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqmem.job.job import VALIDATION, Job
from seqmem.job.streams import stream
from seqmem.tasks.contract import check_sequences
from seqmem.tasks.task import Sequences


class TrainingData:
    """The training batches of one trial, in order.

    A fixed set is drawn once, from the stream that fresh data would come from, and passed
    through in epochs, each in an order of its own; a batch may begin in one epoch and end in
    the next. A task that has a training set keeps it: only which of its sequences are trained
    on is drawn. Fresh data come in blocks of the task's `batches_at_once`, or each for its step.
    """

    def __init__(self, job: Job, seed: int) -> None:
        self.task = job.task
        self.batch_size = job.batch_size
        self.rng = stream(seed, "training data")
        self.at_once = self.task.batches_at_once
        self.block: Sequences | None = None
        self.block_start = self.rng.bit_generator.state  # of the generator, before the block was drawn
        self.used = 0  # batches of the block
        self.step = 0  # batches that were drawn, where the task wants to know
        self.set: Sequences | None = None
        if job.train_set is not None:
            if self.task.training_set is None:
                self.set, self.members = self.task.sample_set(self.rng, job.train_set), np.arange(job.train_set)
                check_sequences(self.task, self.set, job.train_set, "sample_set")
            else:
                self.set = self.task.training_set
                self.members = self.rng.permutation(len(self.set))[: job.train_set]
            self.rng = stream(seed, "training order")
            self.order: NDArray[np.int64] = np.empty(0, np.int64)

    def next_batch(self) -> Sequences:
        if self.set is not None:
            return self.set[self.next_indices()]
        if self.task.takes_step:
            return self._next_of_step()
        return self._next_of_block() if self.at_once > 1 else self.task.sample(self.rng, self.batch_size)

    def _next_of_step(self) -> Sequences:
        sample: Any = self.task.sample
        self.step += 1
        drawn: Sequences = sample(self.rng, self.batch_size, step=self.step - 1)
        return drawn

    def _next_of_block(self) -> Sequences:
        if self.block is None or self.used == self.at_once:
            self._draw_block()
        assert self.block is not None
        first = self.used * self.batch_size
        self.used += 1
        return self.block[first : first + self.batch_size]

    def _draw_block(self) -> None:
        self.block_start, self.used = self.rng.bit_generator.state, 0
        self.block = self.task.sample(self.rng, self.at_once * self.batch_size)

    def next_indices(self) -> NDArray[np.int64]:
        """Which sequences of the fixed set make the next batch."""
        assert self.set is not None
        if len(self.order) < self.batch_size:
            self.order = np.concatenate([self.order, self.draw_epoch()])
        indices, self.order = np.split(self.order, [self.batch_size])
        return indices

    def draw_epoch(self) -> NDArray[np.int64]:
        """The sequences of the fixed set that are trained on, in the order of a new epoch."""
        return self.members[self.rng.permutation(len(self.members))]

    def state(self) -> dict[str, Any]:
        """What a trial needs to go on with the batch after the last one."""
        if self.set is None and self.at_once > 1:
            return {"rng": self.block_start, "used": self.used}
        state: dict[str, Any] = {"rng": self.rng.bit_generator.state}
        if self.set is None and self.task.takes_step:
            return state | {"step": self.step}
        return state if self.set is None else state | {"order": self.order.tolist()}

    def load_state(self, state: dict[str, Any]) -> None:
        used = int(state.get("used", 0))
        if not 0 <= used <= self.at_once:
            raise ValueError(f"used must be from 0 to {self.at_once}, got {used}")
        order = np.array(state.get("order", []), np.int64)
        if self.set is not None and not ((order >= 0) & (order < len(self.set))).all():
            raise ValueError(f"order must be of sequences below {len(self.set)}")
        self.rng.bit_generator.state = self.block_start = state["rng"]
        self.block, self.used, self.step = None, 0, int(state.get("step", 0))
        if used:
            self._draw_block()
            self.used = used
        if self.set is not None:
            self.order = order


def draw_test_set(job: Job, seed: int, test: str | None = None) -> Sequences:
    """The test set of a trial; the same for every network and way of training.

    Args:
        job: The trial's, or what `Job.for_test` makes of it.
        seed: The trial's.
        test: For which test; None for the job's own.
    """
    if job.task.test_set is None:
        return job.task.sample_set(open_test_stream(seed, test), job.test_size)
    return job.task.test_set[draw_test_indices(job, seed, test)]


def draw_test_indices(job: Job, seed: int, test: str | None = None) -> NDArray[np.int64]:
    """Which of the task's own test set make that of a trial, in order; arguments as for `draw_test_set`."""
    assert job.task.test_set is not None
    if test == VALIDATION and job.task.validation_set is None:  # the last of the order whose first are trained on
        return stream(seed, "training data").permutation(len(job.task.test_set))[-job.test_size :]
    return open_test_stream(seed, test).permutation(len(job.task.test_set))[: job.test_size]


def open_test_stream(seed: int, test: str | None = None) -> np.random.Generator:
    """What a trial's test set is drawn from: for validation other sequences than for its test."""
    return stream(seed, "validation data" if test == VALIDATION else "test data")
