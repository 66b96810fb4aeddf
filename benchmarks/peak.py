"""The most that one core can do, and how much of it a training step makes use of.

The most: independent fused multiply-adds in vector registers. The share: one trial on one thread
and these multiply-adds in short turns, each by the processor time of its best turn, which is not
disturbed by others who use the machine; drawing the sequences is part of the step.
"""

# mypy: disable-error-code="no-untyped-call,untyped-decorator"

from __future__ import annotations

import time

import numpy as np
from numba import njit

from benchmarks.grids import CELLS, make_trials
from benchmarks.row import Effort, Row, Spread
from seqmem.cells import LSTM
from seqmem.engines.engine import Trial
from seqmem.engines.flops import count_flops
from seqmem.engines.fused.simd.target import LANES
from seqmem.engines.fused.simd.vector import load, multiply_add, store
from seqmem.engines.fused.stack import FusedStack
from seqmem.tasks import Recall, TemporalOrder

CHAINS = 12  # independent sums: more than a core's latency times its units, and fewer than its registers
FLOPS = 2 * CHAINS * LANES  # of one round
TURNS = 60
TURN_FLOPS = 2e9  # some 10 ms of a fast core


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


def multiply(rounds: int = 1_000_000) -> float:
    """Floating-point operations per second of one core, in a turn of some milliseconds."""
    numbers = np.linspace(0.5, 0.9, 224, dtype=np.float32)
    start = time.thread_time()
    run(rounds, numbers)
    return rounds * FLOPS / (time.thread_time() - start)


def measure_peak(turns: int = 100) -> float:
    """The best of many turns."""
    multiply(1)  # compiles
    return max(multiply() for _ in range(turns))


def measure(effort: Effort, peak: float) -> list[Row]:
    """The row of the peak that the others are measured by, and the shares of single trials."""
    value = peak / 1e9
    rows = [Row("peak", f"one core, {LANES} lanes", "multiply-adds", Spread(value, value, value), "GFLOP/s")]
    for task, name, hidden in ((Recall(), "recall", 10), (TemporalOrder(), "T=110", 16)):
        for cell in CELLS:
            (trial,) = make_trials(task, [cell], [(hidden,)], 1)
            what = f"training step on one core, {name}, hidden {hidden}"
            turns = 3 if effort.quick else TURNS
            rows.append(_measure_share(what, trial, turns))
            if cell is LSTM and isinstance(task, TemporalOrder):
                rows.append(_measure_share(f"{what}, look-ups as products", trial, turns, dense=True, floor=0.7))
    return rows


def _measure_share(what: str, trial: Trial, turns: int, dense: bool = False, floor: float | None = None) -> Row:
    engine = FusedStack([trial], threads=1)
    engine.advance([1])
    flops, peaks, rates = count_flops(trial.job, dense), [multiply()], []
    steps = max(1, int(TURN_FLOPS / flops))
    for _ in range(turns):
        start = time.thread_time()
        engine.advance([steps])
        rates.append(steps * flops / (time.thread_time() - start))
        peaks.append(multiply())
    value = Spread.of([rate / 1e9 for rate in rates])
    who = type(trial.job.network.cell).__name__.lower()
    return Row("peak", what, who, value, "GFLOP/s", peak=max(rates) / max(peaks), at_least=floor)
