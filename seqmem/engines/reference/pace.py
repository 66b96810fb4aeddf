"""About how long the reference engine takes on the CPU: what small and large networks came to, within a factor of 3."""

from __future__ import annotations

import math

from seqmem.engines.flops import count_flops
from seqmem.job.job import Job

CALLS = 1.1e-4  # s for the operations of one time step of one layer, however small they are
TRIAL = 1e-4  # s for a trial's batch and report
RATE = 2.5e10  # operations a second


def estimate_seconds(job: Job, trials: int) -> float:
    """Seconds that some trials of a job take, side by side, if none ends early; tests included."""
    layers = job.task.max_length * len(job.network.layers)
    step = CALLS * layers + trials * (TRIAL + count_flops(job) / RATE)
    evaluations = math.ceil(job.max_sequences / job.evaluate_every)
    blocks = (
        math.ceil(job.test_sequences / 512) * CALLS * layers
        + job.test_sequences * count_flops(job) / RATE / job.batch_size
    )
    return job.max_steps * step + evaluations * trials * blocks / 3
