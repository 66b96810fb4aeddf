"""A task that breaks, for sweeps that are to survive it."""

from __future__ import annotations

import time
from typing import Literal

import numpy as np

from seqmem.tasks import Recall, Sequences


class Faulty(Recall):
    """Recall that gives out after some batches.

    Args:
        fault: `none`, `error`, `interrupt`, as by Ctrl-C, or `hang`, for a minute.
        after: Batches that it gives before that.
    """

    def __init__(self, fault: Literal["none", "error", "interrupt", "hang"] = "none", after: int = 0) -> None:
        super().__init__()
        self.fault = fault
        self.after = after
        self.batches = 0

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        self.batches += 1
        if self.fault != "none" and self.batches > self.after:
            if self.fault == "interrupt":
                raise KeyboardInterrupt
            if self.fault == "hang":
                time.sleep(60)
            raise RuntimeError("no more symbols\nin [/the] bag")
        return super().sample(rng, n)
