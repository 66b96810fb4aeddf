"""A stack that is being trained, seen by the jobs that its trials belong to."""

from __future__ import annotations

from collections.abc import Sequence

from seqmem.records import State
from seqmem.training.trainer import Training


class RunningStack:
    """A training's trials, by job.

    Attributes:
        rows: For each job's place in the sweep its trials' places in the stack, by seed.
    """

    def __init__(self, training: Training, trials: Sequence[tuple[int, int]]) -> None:
        self.training = training
        self.rows: dict[int, dict[int, int]] = {}
        for row, (place, seed) in enumerate(trials):
            self.rows.setdefault(place, {})[seed] = row

    def states(self, place: int) -> dict[int, State]:
        """What a job's trials that are being trained need to go on, by seed."""
        active = set(self.training.active)
        return {seed: self.training.state(row) for seed, row in self.rows.get(place, {}).items() if row in active}

    def drop(self, place: int) -> None:
        """Train a job's trials no further."""
        for row in self.rows.get(place, {}).values():
            self.training.drop(row)
