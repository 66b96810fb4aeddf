"""A task that writes down when it is drawn from, for tests of what a process that was killed had done."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from seqmem.tasks import Recall, Sequences

BATCH = 32  # sequences


class Logged(Recall):
    """Recall that adds a line to a file for each batch of training: the time, in seconds.

    Args:
        path: Of the file.
    """

    def __init__(self, path: str = "batches.log") -> None:
        super().__init__()
        self.path = path

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        if n == BATCH:
            with Path(self.path).open("a") as file:
                file.write(f"{time.monotonic()}\n")
        return super().sample(rng, n)
