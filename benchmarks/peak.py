"""The most that one core can do: independent fused multiply-adds in vector registers."""

# mypy: disable-error-code="no-untyped-call,untyped-decorator"

from __future__ import annotations

import time

import numpy as np
from numba import njit

from benchmarks.row import Row, Setting, Spread
from seqmem.engines.fused.target import LANES
from seqmem.engines.fused.vector import load, multiply_add, store

CHAINS = 12  # independent sums: more than a core's latency times its units, and fewer than its registers
FLOPS = 2 * CHAINS * LANES  # of one round


@njit(nogil=True)
def run(rounds, numbers):  # type: ignore[no-untyped-def]
    """Twelve chains x -> x a + b, which nothing can shorten."""
    a, b = load(numbers, 0), load(numbers, 16)
    c, d, e, f = load(numbers, 32), load(numbers, 48), load(numbers, 64), load(numbers, 80)
    g, h, i, j = load(numbers, 96), load(numbers, 112), load(numbers, 128), load(numbers, 144)
    k, m, n, o = load(numbers, 160), load(numbers, 176), load(numbers, 192), load(numbers, 208)
    for _ in range(rounds):
        c, d, e, f = multiply_add(c, a, b), multiply_add(d, a, b), multiply_add(e, a, b), multiply_add(f, a, b)
        g, h, i, j = multiply_add(g, a, b), multiply_add(h, a, b), multiply_add(i, a, b), multiply_add(j, a, b)
        k, m, n, o = multiply_add(k, a, b), multiply_add(m, a, b), multiply_add(n, a, b), multiply_add(o, a, b)
    store(numbers, 32, c + d + e + f + g + h + i + j + k + m + n + o)


def measure_peak(seconds: float = 1.0) -> float:
    """Floating-point operations per second of one core: the best of many runs of some milliseconds."""
    numbers = np.linspace(0.5, 0.9, 224, dtype=np.float32)
    rounds, best = 1_000_000, 0.0
    run(1, numbers)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run(rounds, numbers)
        best = max(best, rounds * FLOPS / (time.perf_counter() - start))
    return best


def measure(setting: Setting, peak: float) -> list[Row]:
    """The row of the peak that the others are measured by."""
    value = peak / 1e9
    return [Row("peak", f"one core, {LANES} lanes", "multiply-adds", Spread(value, value, value), "GFLOP/s")]
