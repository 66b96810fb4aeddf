"""What is measured: something that trains trials, a number of steps at a time."""

from __future__ import annotations

import importlib
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.engine import Trial
from seqmem.job.job import Job

OURS = "seqmem"
LEARNERS = {
    OURS: ("fused", "Fused"),
    "torch.nn": ("torch_nn", "TorchNN"),
    "joblib": ("torch_nn", "Joblib"),
    "notebook": ("notebook", "Notebook"),
    "JAX vmap": ("jax_vmap", "JaxVmap"),
    "torch stacked": ("torch_stacked", "TorchStacked"),
}


class Learner(ABC):
    """Trains trials; each call goes on where the last one ended.

    Args:
        trials: What is to be trained.
        threads: How many cores it may use.
    """

    sample: ClassVar[int | None] = None  # trials of each job that are measured, where each costs the same

    def __init__(self, trials: Sequence[Trial], threads: int) -> None:
        self.trials = list(trials)
        self.threads = threads

    @abstractmethod
    def advance(self, steps: int) -> NDArray[np.float32]:
        """Train each trial by so many steps; returns the loss of each, (M, steps)."""

    @abstractmethod
    def num_parameters(self) -> list[int]:
        """Numbers that each trial trains."""

    def time(self, steps: int) -> float:
        """Seconds that `advance` takes."""
        start = time.perf_counter()
        self.advance(steps)
        return time.perf_counter() - start

    def close(self) -> None:  # noqa: B027  most have nothing to give back
        """Give back what it holds."""


def build_learner(name: str, trials: Sequence[Trial], threads: int) -> Learner:
    """Build a learner by its name in `LEARNERS`, importing only what it needs."""
    module, kind = LEARNERS[name]
    learner: type[Learner] = getattr(importlib.import_module(f"benchmarks.{module}"), kind)
    return learner(trials if learner.sample is None else thin_out(trials, max(learner.sample, threads)), threads)


def group_by_job(trials: Sequence[Trial]) -> dict[int, list[Trial]]:
    """The trials of each job, in order."""
    groups: dict[int, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(id(trial.job), []).append(trial)
    return groups


def thin_out(trials: Sequence[Trial], count: int) -> list[Trial]:
    """The first `count` trials of each job, if all jobs have as many, so that the mix stays the same."""
    groups = group_by_job(trials)
    count = min(count, *(len(group) for group in groups.values())) if len(groups) > 1 else count
    if len({len(group) for group in groups.values()}) > 1:
        return list(trials)
    return [trial for group in groups.values() for trial in group[:count]]


def count_chunk(job: Job) -> int:
    """Steps after which the trainer looks at a trial: at an evaluation, or when it may have met its criterion."""
    steps = max(1, round(job.evaluate_every / job.batch_size))
    if job.stop and job.task.criterion:
        steps = min(steps, -(-job.task.criterion.sequences // job.batch_size))
    return steps
