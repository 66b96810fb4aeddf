"""The structs of trials that are run together, and the order in which threads take them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.fused.layout import Layout, lay_out
from seqmem.engines.fused.program import Program
from seqmem.engines.fused.samplers.ahead import has_set, is_drawn_ahead
from seqmem.engines.fused.samplers.sampler import Source
from seqmem.engines.fused.structs import EVALUATE, LAYER, TRIAL
from seqmem.engines.fused.trial import describe
from seqmem.job.job import Job


class Queue(NamedTuple):
    """Trials of one program, largest first, and how many of them threads have taken."""

    program: Program
    order: NDArray[np.int64]
    taken: NDArray[np.int64]


class Lineup:
    """Structs for trials that are run together, in one mode.

    Args:
        jobs: Each trial's.
        mode: `TRAIN` for batches, `EVALUATE` for test sets.
        test: The test that these are of; None for the jobs' own.
    """

    def __init__(self, jobs: Sequence[Job], mode: int, test: str | None = None) -> None:
        self.mode, self.test = mode, test
        self.jobs = list(jobs)
        different = {id(job): job for job in jobs}
        layouts = {key: _lay_out_job(job, mode) for key, job in different.items()}
        self.sources = {key: _find_source(job, mode) for key, job in different.items()}
        for key, source in self.sources.items():
            if source is not None:
                source.enter(layouts[key].trial)
        own = [layouts[id(job)] for job in jobs]
        self.structs = np.array([layout.trial for layout in own], TRIAL)
        ends = np.cumsum(self.structs["num_layers"])
        self.structs["first_layer"] = ends - self.structs["num_layers"]
        self.layers = np.empty(int(self.structs["num_layers"].sum()), LAYER)
        for layout, end in zip(own, ends.tolist(), strict=True):
            self.layers[end - len(layout.layers) : end] = layout.layers
        rows: dict[Program, list[int]] = {}
        for row, job in enumerate(jobs):
            rows.setdefault(Program.of(job.network), []).append(row)
        self.rows = {program: np.array(own_rows) for program, own_rows in rows.items()}
        self.drawn_ahead = np.array([is_drawn_ahead(job, mode) for job in jobs], bool)
        self.costs = np.array([_estimate_cost(job) for job in jobs])
        self.floats = max((layout.floats for layout in own), default=0)
        self.integers = max((layout.integers for layout in own), default=0)

    def begin(self, wanted: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give each trial its number of steps, and its columns of the report, which is returned."""
        self.structs["wanted"], self.structs["done"], self.structs["cycles"] = wanted, 0, 0
        self.structs["report"] = np.cumsum(wanted) - wanted
        return np.zeros((4, int(wanted.sum())), np.float32)

    def queue(self, wanted: NDArray[np.int64]) -> list[Queue]:
        """Line the trials up that have anything to do and need no numpy for it, by program, largest first."""
        costs = self.costs * wanted
        queues = []
        for program, all_rows in self.rows.items():
            rows = all_rows[(wanted[all_rows] > 0) & ~self.drawn_ahead[all_rows]]
            if len(rows):
                order = rows[np.argsort(-costs[rows], kind="stable")]
                queues.append(Queue(program, order, np.zeros(1, np.int64)))
        return queues

    def queue_drawn_ahead(self, wanted: NDArray[np.int64]) -> deque[int]:
        """Line the trials up that have anything to do and whose sequences numpy draws, largest first."""
        rows = np.flatnonzero((wanted > 0) & self.drawn_ahead)
        return deque(rows[np.argsort(-(self.costs * wanted)[rows], kind="stable")].tolist())


def take_each(rows: deque[int]) -> Iterator[int]:
    """Take rows one by one; several threads may at once."""
    while True:
        try:
            yield rows.popleft()
        except IndexError:
            return


def _lay_out_job(job: Job, mode: int) -> Layout:
    size = job.test_size if mode == EVALUATE else job.batch_size
    layout = lay_out(job.network, size, job.task.max_length)
    describe(job, layout.trial, mode)
    return layout


def _find_source(job: Job, mode: int) -> Source | None:
    """What draws the sequences of a job's trials; None where each trial has a set of its own, or numpy draws."""
    return None if has_set(job, mode) or is_drawn_ahead(job, mode) else Source.of(job.task, mode == EVALUATE)


def _estimate_cost(job: Job) -> int:
    """About how much work a training step is."""
    return job.network.num_parameters * job.batch_size * job.task.max_length
