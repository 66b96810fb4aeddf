"""Arrays with a leading trial axis, for the rivals that stack trials of one job."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.engine import Trial
from seqmem.job.streams import stream
from seqmem.tasks.task import Sequences


def stack_weights(trials: Sequence[Trial]) -> dict[str, NDArray[np.float32]]:
    """Initial weights of trials of one job, each (M, ..)."""
    drawn = [trial.job.network.initial_weights(trial.seed) for trial in trials]
    return {name: np.stack([weights[name] for weights in drawn]) for name in drawn[0]}


class StackedData:
    """Batches of all trials of one job, drawn in one call, so that numpy's loops are long.

    All trials share the length of a batch where it is drawn a batch, so that nothing needs padding.
    """

    def __init__(self, trials: Sequence[Trial]) -> None:
        self.job, self.num_trials = trials[0].job, len(trials)
        self.rng = stream(trials[0].seed, "training data")

    def next_batch(self) -> Sequences:
        """Sequences, each array (M, B, ..)."""
        count, size = self.num_trials, self.job.batch_size
        drawn = self.job.task.sample(self.rng, count * size)
        return Sequences(*(part.reshape(count, size, *part.shape[1:]) for part in vars(drawn).values()))
