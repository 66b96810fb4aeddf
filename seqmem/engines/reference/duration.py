"""About how long the reference engine takes on the CPU, within a factor of 3; and on how many threads."""

from __future__ import annotations

import math

from seqmem.engines.flops import count_flops
from seqmem.job.job import Job

CALLS = 1.1e-4  # s for the operations of one time step of one layer, however small they are
TRIAL = 1e-4  # s for a trial's batch and report
RATE = 2.5e10  # operations a second


def estimate_seconds(job: Job, trials: int, threads: int) -> float:
    """Seconds that some trials of a job take, side by side, if none ends early; tests included."""
    calls, products = _step_calls(job), count_flops(job) / RATE
    parts = count_parts(job, trials, threads)
    step = parts * calls + trials * (TRIAL + products / parts)
    evaluations = math.ceil(job.max_sequences / job.evaluate_every)
    blocks = math.ceil(job.test_size / 512) * calls + job.test_size * products / job.batch_size
    return job.max_steps * step + evaluations * trials * blocks / 3


def count_parts(job: Job, trials: int, threads: int) -> int:
    """In how many parts a stack is trained side by side: as many as there are threads for, if that pays.

    A step of a part is its calls, which Python's lock lets one thread make at a time, and its share
    of the products, which need no lock. With c seconds for the calls of a part and w for all
    products, n parts take at least the longer of n c and c + w / n: beyond n = sqrt(w / c) they
    wait for the lock.
    """
    return max(1, min(threads, trials, math.isqrt(int(trials * count_flops(job) / RATE / _step_calls(job)))))


def _step_calls(job: Job) -> float:
    """Seconds that the operations of a training step take, however small they are."""
    return CALLS * job.task.max_length * len(job.network.layers)
