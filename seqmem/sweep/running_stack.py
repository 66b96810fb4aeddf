"""A stack that is being trained, seen by the jobs that its trials belong to."""

from __future__ import annotations

from collections.abc import Sequence

from seqmem.records import State
from seqmem.training.trainer import Training


class RunningStack:
    """A training's trials, by job.

    Attributes:
        rows: For each job's index in the sweep its trials' indices in the stack, by seed.
    """

    def __init__(self, training: Training, trials: Sequence[tuple[int, int]]) -> None:
        self.training = training
        self.rows: dict[int, dict[int, int]] = {}
        for row, (index, seed) in enumerate(trials):
            self.rows.setdefault(index, {})[seed] = row

    def states(self, index: int) -> dict[int, State]:
        """What a job's trials that are being trained need to go on, by seed."""
        active = set(self.training.active)
        return {seed: self.training.state(row) for seed, row in self.rows.get(index, {}).items() if row in active}

    def drop(self, index: int) -> None:
        """Train a job's trials no further."""
        for row in self.rows.get(index, {}).values():
            self.training.drop(row)
