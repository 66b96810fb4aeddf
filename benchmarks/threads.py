"""What a second core brings, and how much of the time only one thread can run.

Speed-up: the same stack on one thread and on two, in turn. Rounds in which other processes used
more than `QUIET` cores say nothing about the engine; it waits for quiet ones, for up to `PATIENCE_S`
seconds, says how many it found, and judges no floor without any. What counts as quiet is what
others did, not how we fared.

Share under a lock: Python's own lock is the only one that the engine's threads share, and they
hold it whenever they are not within the compiled program, which is called in one place. So, in
a process of its own, the trainer runs a whole grid on one thread, each call of the program is
timed, and whatever remains of the wall time counts as under the lock: the engine's own Python,
the trainer's bookkeeping, evaluation as far as it is not compiled. Entering the program takes
the lock too, to look at the arguments: each call is made again at once, when its queue is empty,
and what that takes is not counted as compiled. With a share p, n cores are at most
1 / (p + (1 - p) / n) times as fast.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

from benchmarks.fresh import run_python
from benchmarks.fused import Fused
from benchmarks.grids import make_grids
from benchmarks.learner import group_by_job, thin_out
from benchmarks.others import Others
from benchmarks.row import Effort, Row, Spread
from benchmarks.speed import fit_turn
from seqmem.engines.engine import Trial
from seqmem.engines.fused import stack as stack_module
from seqmem.engines.fused.stack import FusedStack
from seqmem.training.trainer import train

SECTIONS = {"recall": 30, "temporal_order": 20}  # grid, and a trial's evaluations: its task's own budget
QUIET = 0.1  # cores
PATIENCE_S = 40.0
MOST_UNDER_LOCK = 0.9  # percent; leaves 40 x on 64 cores


def measure(effort: Effort, peak: float) -> list[Row]:
    """Rows of the speed-up and of the time under the lock."""
    rows = []
    for grid in (grid for grid in make_grids() if grid.section in SECTIONS):
        trials = thin_out(grid.trials, 1) if effort.quick else list(grid.trials)
        if effort.threads > 1:
            rows.append(measure_two_cores(grid.section, trials, effort))
        shares = [_measure_alone(grid.section, effort.quick) for _ in range(1 if effort.quick else 2)]
        rows.append(
            Row("threads", f"{grid.section}: under a lock", "seqmem", Spread.of(shares), "%", at_most=MOST_UNDER_LOCK)
        )
    return rows


def measure_two_cores(section: str, trials: list[Trial], effort: Effort) -> Row:
    """Two threads over one, within each round."""
    alone, both = Fused(trials, 1), Fused(trials, 2)
    steps = fit_turn(alone, effort.turn_s)
    both.time(steps)
    quiet: list[float] = []
    disturbed: list[float] = []
    end = time.perf_counter() + (0 if effort.quick else PATIENCE_S)
    while not (quiet or disturbed) or (len(quiet) < 2 * effort.rounds and time.perf_counter() < end):
        others = Others()
        ratio = alone.time(steps) / both.time(steps)
        (quiet if others.cores() < QUIET else disturbed).append(ratio)
    note = f"{len(quiet)} of {len(quiet) + len(disturbed)} rounds were quiet"
    ratios, floor = Spread.of(quiet or disturbed), 1.9 if quiet else None
    return Row("threads", f"{section}: two cores over one", "seqmem", ratios, "x", at_least=floor, note=note)


def _measure_alone(section: str, quick: bool) -> float:
    """The share in a process of its own, as a sweep has: the rivals' threads and garbage are no burden of it."""
    call = f"measure_share_under_lock({section!r}, {quick})"
    return float(run_python(["-c", f"from benchmarks.threads import measure_share_under_lock; print({call})"])[1])


def measure_share_under_lock(section: str, quick: bool) -> float:
    """Percent of the wall time of a training that is not spent within the compiled program."""
    (grid,) = (grid for grid in make_grids() if grid.section == section)
    trials = thin_out(grid.trials, 1) if quick else list(grid.trials)
    jobs = {
        key: replace(group[0].job, max_sequences=group[0].job.evaluate_every * (1 if quick else SECTIONS[section]))
        for key, group in group_by_job(trials).items()
    }
    stack = [Trial(jobs[id(trial.job)], trial.seed) for trial in trials]
    FusedStack(trials, threads=1).advance([1] * len(trials))  # compiles
    start = time.perf_counter()
    with time_program() as calls:
        for _ in train(FusedStack(stack, threads=1), stack):
            pass
    wall = time.perf_counter() - start
    entries = sum(entry for _, entry in calls)
    compiled = sum(call for call, _ in calls) - entries
    return 100 * (1 - compiled / (wall - entries))


@contextmanager
def time_program() -> Iterator[list[tuple[float, float]]]:
    """Collect the seconds of each call of the compiled program, and of entering it for nothing."""
    program = stack_module.run  # type: ignore[attr-defined]
    calls: list[tuple[float, float]] = []

    def timed(*args: Any) -> None:
        start = time.perf_counter()
        program(*args)
        middle = time.perf_counter()
        program(*args)
        calls.append((middle - start, time.perf_counter() - middle))

    with mock.patch.object(stack_module, "run", timed):
        yield calls
