"""Everyone in turn on the same grid: trial-steps per second and our ratio to each rival.

A turn is as many training steps as take about `turn_s` seconds; everyone has one each round, in
an order that rotates, and ratios are formed within a round, so that a disturbance of the machine
that lasts longer than a round drops out of them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.grids import Grid, make_grids
from benchmarks.learner import OURS, Learner, build_learner
from benchmarks.row import Effort, Row, Spread
from seqmem.engines.flops import count_flops

UNIT = "trial-steps/s"
MOST_STEPS = 100_000


def measure(section: str, effort: Effort, peak: float) -> list[Row]:
    """Rows of all grids of a section.

    Args:
        peak: Floating-point operations per second of one core, at most.
    """
    rows: list[Row] = []
    means: dict[str, list[Rates]] = {}
    floors: dict[str, float] = {}
    for grid in (grid for grid in make_grids() if grid.section == section):
        rates = measure_rates(grid.shrink() if effort.quick else grid, effort)
        rows += make_rows(grid, rates, effort, peak)
        if grid.mean_of:
            means.setdefault(grid.mean_of, []).append(rates)
            floors[grid.mean_of] = grid.floors["mean"]
    return rows + [_average(section, name, rates, floors[name]) for name, rates in means.items()]


@dataclass(frozen=True)
class Rates:
    """What a grid's rounds gave.

    of: Trial-steps per second of each learner in each round.
    cores: How many cores the machine gave to us in each round: processor time over wall time.
    """

    of: Mapping[str, list[float]]
    cores: list[float]

    def ratios(self, name: str) -> list[float]:
        """Our speed over a rival's, in each round."""
        return [ours / theirs for ours, theirs in zip(self.of[OURS], self.of[name], strict=True)]


def measure_rates(grid: Grid, effort: Effort) -> Rates:
    """Give everyone their turns."""
    threads = 1 if grid.one_core else effort.threads
    learners = {name: build_learner(name, grid.trials, threads) for name in (OURS, *grid.rivals)}
    try:
        steps = {name: fit_turn(learner, effort.turn_s) for name, learner in learners.items()}
        rates: dict[str, list[float]] = {name: [] for name in learners}
        cores = []
        names = list(learners)
        for turn in range(effort.rounds):
            start = turn % len(names)
            for name in names[start:] + names[:start]:
                busy = time.process_time()
                seconds = learners[name].time(steps[name])
                if name == OURS:
                    cores.append((time.process_time() - busy) / seconds)
                rates[name].append(len(learners[name].trials) * steps[name] / seconds)
    finally:
        for learner in learners.values():
            learner.close()
    return Rates(rates, cores)


def fit_turn(learner: Learner, turn_s: float) -> int:
    """Warm a learner up, and find how many steps fill a turn."""
    learner.time(5)  # compiles what it runs
    learner.time(1)
    steps, seconds = 1, learner.time(1)
    while seconds < turn_s / 4 and steps < MOST_STEPS:
        steps = min(MOST_STEPS, max(2 * steps, int(steps * turn_s / 2 / seconds)))
        seconds = learner.time(steps)
    return max(1, round(steps * turn_s / seconds))


def make_rows(grid: Grid, rates: Rates, effort: Effort, peak: float) -> list[Row]:
    """A row for each learner of a grid."""
    jobs = [trial.job for trial in grid.trials]
    flops = float(np.mean([count_flops(job) for job in jobs]))
    cores = 1 if grid.one_core else min(effort.threads, len(jobs))
    rows = []
    for name, measured in rates.of.items():
        ratio = None if name == OURS else Spread.of(rates.ratios(name))
        floor = None if grid.mean_of else grid.floors.get(name)
        note = f"got {np.median(rates.cores):.2f} of {cores} cores" if name == OURS else ""
        share = flops * float(np.median(measured)) / (peak * cores)
        rows.append(
            Row(
                grid.section,
                grid.name,
                name,
                Spread.of(measured),
                UNIT,
                ratio,
                share,
                len(jobs),
                at_least=floor,
                note=note,
            )
        )
    return rows


def _average(section: str, name: str, grids: Sequence[Rates], floor: float) -> Row:
    """The mean over grids of the ratios to torch.nn."""
    ratios = np.mean([rates.ratios("torch.nn") for rates in grids], axis=0)
    spread = Spread.of(ratios.tolist())
    return Row(section, name, "torch.nn", spread, "x", spread, at_least=floor)
