"""A task that breaks, for sweeps that are to survive it."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Literal

import numpy as np

from seqmem.tasks import Recall, Sequences
from seqmem.tasks.contract import DRAWN

Fault = Literal["none", "error", "interrupt", "hang", "compute"]


class Faulty(Recall):
    """Recall that gives out after some batches of training.

    Args:
        fault: `none`, `error`, `interrupt`, as by Ctrl-C, `hang`, for a minute, or `compute`, for more than that, as
            compilers do: where Python hears no signal.
        after: Batches that it gives before that.
    """

    def __init__(
        self, fault: Literal["none", "error", "interrupt", "hang", "compute"] = "none", after: int = 0
    ) -> None:
        super().__init__()
        self.fault = fault
        self.after = after
        self.batches = 0

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        if n == DRAWN:  # to see that it holds to the contract, before any training
            return super().sample(rng, n)
        self.batches += 1
        if self.fault != "none" and self.batches > self.after:
            if self.fault == "interrupt":
                raise KeyboardInterrupt
            if self.fault == "hang":
                time.sleep(60)
            if self.fault == "compute":
                Path("computing").touch()  # so that whoever waits for it knows
                hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)
            raise RuntimeError("no more symbols\nin [/the] bag")
        return super().sample(rng, n)
