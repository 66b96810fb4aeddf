"""What a second core brings, and how much of the time only one thread can run.

Speed-up: the same stack on one thread and on two, in turn. `cores` in the note is the processor
time that the second turn got over its wall time: on a machine that others use as well, no more
can be gained.

Share under a lock: Python's own lock is the only one that the engine's threads share, and they
hold it whenever they are not within the compiled program, which is called in one place. So the
trainer runs a whole grid on one thread, each call of the program is timed, and whatever remains
of the wall time counts as under the lock: the engine's own Python, the trainer's bookkeeping,
evaluation as far as it is not compiled. Entering the program takes the lock too, to look at the
arguments: each call is made again at once, when its queue is empty, and what that takes is not
counted as compiled. With a share p, n cores are at most 1 / (p + (1 - p) / n) times as fast.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

from benchmarks.fused import Fused
from benchmarks.grids import make_grids
from benchmarks.learner import group_by_job, thin_out
from benchmarks.row import Row, Setting, Spread
from benchmarks.speed import fit_turn
from seqmem.engines.engine import Trial
from seqmem.engines.fused import FusedEngine
from seqmem.engines.fused import engine as engine_module
from seqmem.trainer import train

SECTIONS = ("recall", "temporal_order")
MOST_UNDER_LOCK = 0.9  # percent; leaves 40 x on 64 cores
EVALUATIONS = 20  # of each trial in the profile, as the budget of the tasks' configs has it or fewer


def measure(setting: Setting, peak: float) -> list[Row]:
    """Rows of the speed-up and of the time under the lock."""
    rows = []
    for grid in (grid for grid in make_grids() if grid.section in SECTIONS):
        trials = thin_out(grid.trials, 1) if setting.quick else list(grid.trials)
        if setting.threads > 1:
            rows.append(measure_two_cores(grid.section, trials, setting))
        shares = [measure_share_under_lock(trials, setting) for _ in range(1 if setting.quick else 2)]
        rows.append(
            Row("threads", f"{grid.section}: under a lock", "seqmem", Spread.of(shares), "%", at_most=MOST_UNDER_LOCK)
        )
    return rows


def measure_two_cores(section: str, trials: list[Trial], setting: Setting) -> Row:
    """Two threads over one, within each round."""
    alone, both = Fused(trials, 1), Fused(trials, 2)
    steps = fit_turn(alone, setting.turn_s)
    both.time(steps)
    ratios, cores = [], []
    for _ in range(2 * setting.rounds):
        seconds = alone.time(steps)
        busy, start = time.process_time(), time.perf_counter()
        both.advance(steps)
        wall = time.perf_counter() - start
        ratios.append(seconds / wall)
        cores.append((time.process_time() - busy) / wall)
    note = f"got {Spread.of(cores).median:.2f} cores"
    return Row("threads", f"{section}: two cores over one", "seqmem", Spread.of(ratios), "x", at_least=1.9, note=note)


def measure_share_under_lock(trials: list[Trial], setting: Setting) -> float:
    """Percent of the wall time of a training that is not spent within the compiled program."""
    jobs = {
        key: replace(group[0].job, max_sequences=group[0].job.evaluate_every * (1 if setting.quick else EVALUATIONS))
        for key, group in group_by_job(trials).items()
    }
    stack = [Trial(jobs[id(trial.job)], trial.seed) for trial in trials]
    FusedEngine(trials, threads=1).advance([1] * len(trials))  # compiles
    start = time.perf_counter()
    with time_program() as calls:
        for _ in train(FusedEngine(stack, threads=1), stack):
            pass
    wall = time.perf_counter() - start
    entries = sum(entry for _, entry in calls)
    compiled = sum(call for call, _ in calls) - entries
    return 100 * (1 - compiled / (wall - entries))


@contextmanager
def time_program() -> Iterator[list[tuple[float, float]]]:
    """Collect the seconds of each call of the compiled program, and of entering it for nothing."""
    program = engine_module.run  # type: ignore[attr-defined]
    calls: list[tuple[float, float]] = []

    def timed(*args: Any) -> None:
        start = time.perf_counter()
        program(*args)
        middle = time.perf_counter()
        program(*args)
        calls.append((middle - start, time.perf_counter() - middle))

    with mock.patch.object(engine_module, "run", timed):
        yield calls
