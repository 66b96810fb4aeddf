"""Ours: the compiled engine, driven as the trainer drives it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.learner import Learner, count_chunk
from seqmem.engines.engine import Trial
from seqmem.engines.fused.stack import FusedStack


class Fused(Learner):
    """One stack of all trials, advanced from one decision of the trainer to the next."""

    def __init__(self, trials: Sequence[Trial], threads: int) -> None:
        super().__init__(trials, threads)
        self.engine = FusedStack(self.trials, threads=threads)
        self.chunk = min(count_chunk(trial.job) for trial in self.trials)

    def advance(self, steps: int) -> NDArray[np.float32]:
        losses = []
        while steps:
            chunk = min(steps, self.chunk)
            losses.append(np.stack([report.loss for report in self.engine.advance([chunk] * len(self.trials))]))
            steps -= chunk
        return np.concatenate(losses, axis=1)

    def num_parameters(self) -> list[int]:
        return [sum(value.size for value in self.engine.weights(trial).values()) for trial in range(len(self.trials))]
