"""What guessing gets on a task, from the config in a job's folder: nothing foreign in it is run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqmem import tasks
from seqmem.tasks.task import Sequences, Task

SEQUENCES = 10_000
MOST_STEPS = 2_000_000  # of them together: of long ones, fewer are drawn
FEWEST = 100
NOT_ARGUMENTS = ("_target_", "name")
FETCHED = ("folder", "download")  # arguments of tasks whose data lie elsewhere


def guess_error(config: Mapping[str, Any]) -> float | None:
    """The share of wrong predictions of the best answer that never changes; None where it is not known.

    Known for seqmem's own tasks, as a config names them, unless one answer is always right, their
    sequences are too long to draw some, their data lie elsewhere, or their arguments are none.
    """
    node = config.get("task")
    return _guess_error(json.dumps(node, sort_keys=True)) if isinstance(node, Mapping) else None


@lru_cache(maxsize=256)
def _guess_error(written: str) -> float | None:
    node = json.loads(written)
    package, _, name = str(node.get("_target_")).rpartition(".")
    if package != "seqmem.tasks" or name not in tasks.__all__ or any(key in node for key in FETCHED):
        return None
    cls = getattr(tasks, name)
    if not (isinstance(cls, type) and issubclass(cls, Task)):
        return None
    try:
        task = cls(**{key: value for key, value in node.items() if key not in NOT_ARGUMENTS})
    except (TypeError, ValueError, OverflowError):
        return None
    num_sequences = min(SEQUENCES, MOST_STEPS // max(1, task.max_length))
    if num_sequences < FEWEST:
        return None
    error = measure_chance(task, num_sequences)
    return error if error > 0 else None


def measure_chance(task: Task, num_sequences: int = SEQUENCES) -> float:
    """The share of a task's sequences that are answered wrong by the commonest answer, measured."""
    own = task.test_set
    return count_guessed_wrong(task, task.sample_set(np.random.default_rng(0), num_sequences) if own is None else own)


def count_guessed_wrong(task: Task, sequences: Sequences) -> float:
    """The share of some sequences that are answered wrong by the commonest answer.

    With an answer at every step it is the commonest at each. Of numbers it is their median.
    """
    targets, target = sequences.targets, task.target
    counts = np.ones(targets.shape, bool)
    if target.targets_every_step:  # (n, T, ..)
        steps = np.arange(targets.shape[1])
        first = sequences.lengths[:, None] - target.count_scored(task.max_length)
        scored = (steps < sequences.lengths[:, None]) & (steps >= first) & target.answers.find_asked(targets)
        counts = np.broadcast_to(scored.reshape(*scored.shape, *[1] * (targets.ndim - 2)), targets.shape)
    if target.kind == "real":
        median = np.ma.median(np.ma.masked_array(targets, ~counts), axis=0).filled(0)  # type: ignore[no-untyped-call]
        wrong = np.abs(targets - median) > target.tolerance
    elif target.targets_every_step:
        wrong = targets != _commonest_each(targets, counts)
    else:
        wrong = targets != _commonest(targets)
    return float((wrong & counts).reshape(len(targets), -1).any(1).mean())


def _commonest(answers: NDArray[Any]) -> NDArray[Any]:
    """The answer that most sequences have, as a whole."""
    found, count = np.unique(answers, axis=0, return_counts=True)
    return np.asarray(found[count.argmax()])


def _commonest_each(answers: NDArray[Any], counts: NDArray[np.bool_]) -> NDArray[Any]:
    """The answer that most sequences have at each step, and of several bits for each."""
    flat, kept = answers.reshape(len(answers), -1), counts.reshape(len(answers), -1)
    best = np.zeros(flat.shape[1], answers.dtype)
    for column in range(flat.shape[1]):
        if kept[:, column].any():
            best[column] = _commonest(flat[kept[:, column], column])
    return best.reshape(answers.shape[1:])
