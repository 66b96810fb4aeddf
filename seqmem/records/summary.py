"""Figures over a job's trials: what its result.json carries and what it returns to a sweeper."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqmem.job.job import Job
from seqmem.training.outcome import TrialResult

OBJECTIVES: dict[str, Callable[[Job, TrialResult], float]] = {
    "error_rate": lambda job, trial: 1.0 if trial.wrong is None else trial.wrong / trial.test_sequences,
    "mean_test_error": lambda job, trial: 1.0 if trial.wrong is None else float(trial.mean_test_error or 0),
    "test_loss": lambda job, trial: math.inf if trial.test_loss is None else trial.test_loss,
    "unsolved": lambda job, trial: float(not trial.solved),
    "sequences_to_criterion": lambda job, trial: trial.sequences_to_criterion or job.max_steps * job.batch_size,
}


def compute_objective(name: str, job: Job, trials: Sequence[TrialResult]) -> float:
    """The mean over trials of what a sweeper is to make small.

    A trial that diverged counts as all wrong, one that never met its criterion with its budget.
    """
    return float(np.mean([OBJECTIVES[name](job, trial) for trial in trials]))


def summarise(trials: Sequence[TrialResult]) -> dict[str, Any]:
    """Counts and averages over trials; None where no trial has the figure."""
    wrong = [trial.wrong for trial in trials if trial.wrong is not None]
    sequences = [trial.sequences_to_criterion for trial in trials if trial.sequences_to_criterion is not None]
    return {
        "trials": len(trials),
        "solved": sum(trial.solved for trial in trials),
        "diverged": sum(trial.status == "diverged" for trial in trials),
        "mean_wrong": float(np.mean(wrong)) if wrong else None,
        "test_sequences": trials[0].test_sequences,
        "median_sequences_to_criterion": float(np.median(sequences)) if sequences else None,
        "parameters": trials[0].parameters,
        "wall_time_s": sum(trial.wall_time_s for trial in trials),
    }
