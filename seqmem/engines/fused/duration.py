"""About how long the compiled engine takes, from a job's operations and the width of the vectors.

A step takes `CALL` and its operations, counted over whole blocks of sequences, at `RATE` a lane:
what cells of 10 to 200 units came to, within a factor of 2.
"""

from __future__ import annotations

import math

from seqmem.engines.flops import count_flops
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.job.job import Job

CALL = 3e-6  # s
RATE = 1e10  # operations a second, in each lane


def estimate_seconds(job: Job, trials: int, threads: int) -> float:
    """Seconds that some trials of a job take, so many at a time, if none ends early; tests included."""
    filled = math.ceil(job.batch_size / BLOCK) * BLOCK / job.batch_size
    step = CALL + filled * count_flops(job) / (RATE * LANES)
    evaluations = math.ceil(job.max_sequences / job.evaluate_every)
    tests = evaluations * job.test_size / job.batch_size / 3  # forwards only
    return math.ceil(trials / threads) * (job.max_steps + tests) * step
