"""Batches that only numpy can draw, for a task of the user's own: some at a time, ahead of the compiled steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqmem.engines.fused.samplers.sampler import Source
from seqmem.engines.fused.samplers.stored import STORED, Stored
from seqmem.engines.fused.structs import EVALUATE
from seqmem.engines.fused.support import find_sampler
from seqmem.job.job import Job
from seqmem.tasks.contract import check_shapes, check_values, clear_beyond
from seqmem.tasks.task import Sequences, Task

NUMBERS = 2**16  # that are drawn ahead, about; what a core's cache holds


def has_set(job: Job, mode: int) -> bool:
    """Whether a trial's sequences are there before it runs: a fixed training set, or the task's own test set."""
    return job.task.test_set is not None if mode == EVALUATE else job.train_set is not None


def is_drawn_ahead(job: Job, mode: int) -> bool:
    """Whether numpy draws a job's sequences, as no compiled code can."""
    return not has_set(job, mode) and find_sampler(type(job.task)) is None


def count_ahead(job: Job) -> int:
    """How many training batches are drawn at a time; nothing that a trial computes depends on it."""
    task, target = job.task, job.task.target
    of_a_step = 1 if task.symbols else task.input_size
    answers = target.size * (task.max_length if target.targets_every_step else 1)
    return max(1, NUMBERS // (job.batch_size * (task.max_length * of_a_step + answers)))


def join_batches(task: Task, batches: Sequence[Sequences], batch_size: int, method: str = "sample") -> Source:
    """What hands out batches, one a step, from the first on.

    Args:
        task: Who drew them.
        batches: Of `batch_size` sequences each; they may be padded to different lengths.
        batch_size: Sequences of a batch.
        method: By which they were drawn.
    Raises:
        ValueError: if they are not as the task says.
    """
    for batch in batches:
        check_shapes(task, batch, batch_size, method)
    steps = max(batch.inputs.shape[1] for batch in batches)
    inputs = np.concatenate([_pad(batch.inputs, steps) for batch in batches])
    lengths = np.concatenate([batch.lengths for batch in batches])
    every_step = task.target.targets_every_step
    targets = np.concatenate([_pad(batch.targets, steps) if every_step else batch.targets for batch in batches])
    joined = clear_beyond(task, Sequences(inputs, lengths, targets))
    check_values(task, joined, method)
    return Source(STORED, Stored.convert(task, joined, np.arange(len(joined))))


def _pad(array: np.ndarray, steps: int) -> np.ndarray:
    """Sequences (B, T, ..) with so many steps."""
    missing = steps - array.shape[1]
    return np.pad(array, [(0, 0), (0, missing)] + [(0, 0)] * (array.ndim - 2)) if missing else array
