"""How much memory trials take side by side, and how many of them fit: each engine measures its jobs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from seqmem.job.job import Job

Parts = Iterable[tuple["Footprint", int]]  # of a stack: jobs, as they were measured, and how many trials of each

# What engines have in common, in bytes.
TRIAL = 20_000  # of a trial's streams and objects
STEP = 40  # of a step's report, and of what is made of it


@dataclass(frozen=True)
class Footprint:
    """What a job's trials take, in bytes, beside the program itself.

    trial: Each trial in a stack.
    written: What each trial of a job takes more while the job's states are written; one job at a time.
    ended: Each trial whose stack has ended, at the end of its job, when its files are written.
    thread: Each thread that trains.
    once: What there is one of at a time, such as a test set.
    """

    trial: float
    written: float
    ended: float
    thread: float
    once: float

    def least(self, trials: int) -> float:
        """Bytes of a job that is trained one trial after the other."""
        return size_stack([(self, 1)], threads=1) + (trials - 1) * self.ended


@dataclass(frozen=True)
class _Stack:
    """What a stack takes so far: sums over its trials, and the largest of what there is one of."""

    trials: int = 0
    own: float = 0.0
    written: float = 0.0
    thread: float = 0.0
    once: float = 0.0

    def add(self, footprint: Footprint, trials: int) -> _Stack:
        return _Stack(
            self.trials + trials,
            self.own + trials * footprint.trial,
            max(self.written, trials * footprint.written),
            max(self.thread, footprint.thread),
            max(self.once, footprint.once),
        )

    def size(self, threads: int) -> float:
        return self.own + self.written + min(threads, self.trials) * self.thread + self.once


def size_stack(parts: Parts, threads: int) -> float:
    """Bytes of a stack, of which so many trials are trained at a time."""
    stack = _Stack()
    for footprint, trials in parts:
        stack = stack.add(footprint, trials)
    return stack.size(threads)


def count_fitting(parts: Parts, threads: int, free: float) -> int:
    """How many trials, in their order, a stack may have; at least one.

    Args:
        parts: What the stack would have.
        threads: How many trials are trained at a time.
        free: Bytes that the stack may take.
    """
    stack = _Stack()
    for footprint, trials in parts:
        fitting = bisect_right(range(1, trials + 1), free, key=lambda n: stack.add(footprint, n).size(threads))
        stack = stack.add(footprint, fitting)
        if fitting < trials:
            return max(1, stack.trials)
    return stack.trials


def size_set(job: Job, sequences: int) -> float:
    """Bytes of sequences while numpy draws them."""
    task = job.task
    numbers = task.max_length * (1 if task.symbols else task.input_size)
    return 24.0 * sequences * (numbers + task.target.size * (task.max_length if task.target.targets_every_step else 0))


def size_block(job: Job) -> float:
    """Bytes of the batches that a trial keeps, where its task draws more than one at once."""
    at_once = job.task.batches_at_once
    return size_set(job, at_once * job.batch_size) if at_once > 1 and job.train_set is None else 0.0
