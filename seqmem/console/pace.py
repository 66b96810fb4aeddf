"""How long the rest of a sweep takes, at the pace of what it has trained."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Times a sweep, with a clock of its own for training: it stands still while a stack is built, or code is compiled.

    Args:
        budget: Training sequences that are to pass, at most.
        clock: In seconds.
    """

    def __init__(self, budget: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget
        self.clock = clock
        self.started = self.mark = clock()  # mark: when the part of the clock began that is not in the sums yet
        self.sequences = 0
        self.training_s = self.building_s = self.compiling_s = 0.0
        self.building = self.compiling = False
        self.left: float | None = None  # seconds, when sequences passed last or the budget changed
        self.left_at = 0.0  # of the training clock, then

    @property
    def elapsed_s(self) -> float:
        return self.clock() - self.started

    @property
    def share(self) -> float:
        """Of the budget that has passed."""
        return min(1.0, self.sequences / self.budget) if self.budget else 1.0

    @property
    def rate(self) -> float:
        """Sequences a second of training."""
        return self.sequences / self.training_s if self.training_s else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds of training that are left at most; None before any pace is known. It only grows if more is known."""
        return None if self.left is None else max(0.0, self.left - (self._read_training() - self.left_at))

    def build(self) -> None:
        """The stack is being built."""
        self._turn(building=True)

    def announce_compiling(self) -> None:
        """What is being built is compiled."""
        self.compiling = self.building

    def train(self) -> None:
        """The stack is built."""
        self._turn(building=False)

    def advance(self, sequences: int) -> None:
        """So many sequences have passed."""
        self._turn(self.building)
        self.sequences += sequences
        self._estimate()

    def spare(self, sequences: int) -> None:
        """So many sequences of the budget need not pass, after all."""
        self.budget -= sequences
        self._estimate()

    def _read_training(self) -> float:
        """The training clock."""
        return self.training_s + (0.0 if self.building else self.clock() - self.mark)

    def _turn(self, building: bool) -> None:
        """Add up what has passed, and go on so."""
        now = self.clock()
        passed, self.mark = now - self.mark, now
        if self.building:
            self.building_s += passed
            self.compiling_s += passed if self.compiling else 0.0
        else:
            self.training_s += passed
        self.building, self.compiling = building, self.compiling and building

    def _estimate(self) -> None:
        if self.rate:
            self.left, self.left_at = max(0, self.budget - self.sequences) / self.rate, self._read_training()
