"""The compiled engine: trains any mix of built-in networks on all cores of the CPU."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.engine import Steps, Trace, Trial
from seqmem.engines.fused.layout import BLOCK, LAYER, PREDICT, TRACE, TRIAL, Layout, lay_out
from seqmem.engines.fused.program import DESCRIPTIONS, prepare, run
from seqmem.engines.fused.samplers.draws import addresses
from seqmem.engines.fused.samplers.stored import Stored
from seqmem.engines.fused.support import supports
from seqmem.engines.fused.trial import FusedTrial, describe
from seqmem.engines.fused.workspace import Workspace
from seqmem.job import Job
from seqmem.streams import stream
from seqmem.tasks.task import Sequences

PREDICTED_AT_ONCE = 1024  # sequences; bounds the workspace


class _Queue(NamedTuple):
    """Trials of one cell, largest first, and how many of them threads have taken."""

    cell: str
    order: NDArray[np.int64]
    taken: NDArray[np.int64]


class FusedEngine:
    """Trains the trials of a stack side by side; see `seqmem.engines.engine.Engine`.

    Every trial is computed by itself, so that its numbers are the same bytes in any stack, in
    any order and on any number of threads.

    Args:
        trials: Trials whose jobs are all supported; they may differ in everything.
        threads: How many trials are trained at a time; as many as the process may use cores,
            unless given.
    Raises:
        ValueError: if a job is not supported, or `threads` is below 1.
    """

    name = "fused"
    device = "cpu"

    def __init__(self, trials: Sequence[Trial], threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise ValueError(f"threads must be at least 1, got {threads}")
        self.threads = threads or count_cores()
        layouts = {id(trial.job): _lay_out_job(trial.job) for trial in trials}
        self.layouts = [layouts[id(trial.job)] for trial in trials]
        self.trials = [FusedTrial(trial, layout) for trial, layout in zip(trials, self.layouts, strict=True)]
        self.records = np.array([layout.trial for layout in self.layouts], TRIAL)
        self.layers = np.concatenate([np.empty(0, LAYER), *(layout.layers for layout in self.layouts)])
        self.records["first_layer"] = np.cumsum(self.records["num_layers"]) - self.records["num_layers"]
        for trial, record in zip(self.trials, self.records, strict=True):
            trial.enter(record)
        self.cells = np.array([_cell_of(trial.job) for trial in trials])
        self.costs = np.array([_estimate_cost(trial.job) for trial in trials])
        self.fixed = [row for row, trial in enumerate(trials) if trial.job.train_set is not None]
        self.workspace = Workspace()
        self.floats = max((layout.floats for layout in self.layouts), default=0)
        self.integers = max((layout.integers for layout in self.layouts), default=0)
        self.pool: ThreadPoolExecutor | None = None

    def advance(self, steps: Sequence[int]) -> list[Steps]:
        records = self.records
        wanted = np.array(steps, np.int64)
        if np.any(retired := (wanted > 0) & (records["first_mean"] == records["second_mean"])):
            raise RuntimeError(f"trial {np.flatnonzero(retired)[0]} is retired and cannot be trained")
        records["wanted"], records["done"] = wanted, 0
        ends = np.cumsum(wanted)
        records["report"] = ends - wanted
        report = np.zeros((4, int(wanted.sum())), np.float32)
        fixed = [row for row in self.fixed if wanted[row]]
        for row in fixed:
            self.trials[row].take_indices(records[row], int(wanted[row]))
        self._run(self._queue(wanted), report)
        for row in fixed:
            self.trials[row].return_indices(int(records[row]["done"]))
        wrong = report[1].astype(np.int64)
        first, last = records["report"].tolist(), (records["report"] + records["done"]).tolist()
        return [
            Steps(report[0, a:b], wrong[a:b], report[2, a:b], report[3, a:b]) for a, b in zip(first, last, strict=True)
        ]

    def _queue(self, wanted: NDArray[np.int64]) -> list[_Queue]:
        """Trials that are to be trained, by cell."""
        costs = self.costs * wanted
        queues = []
        for cell in DESCRIPTIONS:
            rows = np.flatnonzero((self.cells == cell) & (wanted > 0))
            if len(rows):
                order = rows[np.argsort(-costs[rows], kind="stable")]
                queues.append(_Queue(cell, order, np.zeros(1, np.int64)))
        return queues

    def _run(self, queues: list[_Queue], report: NDArray[np.float32]) -> None:
        """Empty the queues, on as many threads as there is work for."""
        for queue in queues:
            prepare(queue.cell)
        workers = min(self.threads, sum(len(queue.order) for queue in queues))
        if workers <= 1:
            self._work(queues, report)
            return
        if self.pool is None:
            self.pool = ThreadPoolExecutor(self.threads, thread_name_prefix="fused")
        for future in [self.pool.submit(self._work, queues, report) for _ in range(workers)]:
            future.result()

    def _work(self, queues: list[_Queue], report: NDArray[np.float32]) -> None:
        lanes, symbols = self.workspace.take(self.floats, self.integers)
        for cell, order, taken in queues:
            run(DESCRIPTIONS[cell], self.records, self.layers, order, taken, lanes, symbols, report)

    def retire(self, trial: int) -> None:
        self.trials[trial].retire()
        self.records[trial]["first_mean"] = self.records[trial]["second_mean"] = 0

    def predict(self, trial: int, sequences: Sequences) -> NDArray[np.float32]:
        target = self.trials[trial].job.task.target
        shape = sequences.inputs.shape[:2] if target.every_step else (len(sequences),)
        answers = np.zeros((*shape, target.size), np.float32)
        rng = stream(self.trials[trial].seed, "test state")
        for first in range(0, len(sequences), PREDICTED_AT_ONCE):
            part = slice(first, first + PREDICTED_AT_ONCE)
            self._run_once(trial, sequences[part], PREDICT, rng, answers[part])
        return answers

    def trace(self, trial: int, sequence: Sequences) -> Trace:
        rng = stream(self.trials[trial].seed, "test state")
        record, lanes = self._run_once(trial, sequence, TRACE, rng, np.empty(0, np.float32))
        network, steps = self.trials[trial].job.network, int(sequence.lengths[0])

        def read(offset: int, width: int) -> NDArray[np.float32]:
            rows = lanes[offset : offset + steps * width * BLOCK]
            return rows.reshape(steps, width, BLOCK)[:, :, 0].copy()

        gradient = read(int(record["embedded_gradient"]), network.input_size)
        hidden = read(int(record["first_outputs"]), network.top_size)
        return Trace(np.sqrt(np.square(gradient).sum(1)), hidden)

    def _run_once(
        self, trial: int, sequences: Sequences, mode: int, rng: np.random.Generator, answers: NDArray[np.float32]
    ) -> tuple[Any, NDArray[np.float32]]:
        """Run a trial's network over given sequences; return its record and the workspace."""
        job, cell = self.trials[trial].job, str(self.cells[trial])
        layout = lay_out(
            job.network, DESCRIPTIONS[cell], len(sequences), sequences.inputs.shape[1], traces=mode == TRACE
        )
        records = np.array([layout.trial], TRIAL)
        record = records[0]
        describe(job, record)
        stored = Stored.of(job.task, sequences)
        stored.enter(record)
        indices = np.arange(len(sequences))
        record["mode"], record["wanted"] = mode, 1
        record["set_indices"], record["answers"] = indices.ctypes.data, answers.ctypes.data
        record["weights"] = self.trials[trial].flat.ctypes.data
        record["initial_draw"], record["initial_draw_state"] = addresses(rng)
        lanes, symbols = self.workspace.take(layout.floats, layout.integers)
        queue = _Queue(cell, np.zeros(1, np.int64), np.zeros(1, np.int64))
        prepare(cell)
        report = np.empty((4, 0), np.float32)
        run(DESCRIPTIONS[cell], records, layout.layers, queue.order, queue.taken, lanes, symbols, report)
        return record, lanes

    def weights(self, trial: int) -> dict[str, NDArray[np.float32]]:
        return self.trials[trial].weights()

    def state(self, trial: int) -> dict[str, Any]:
        return self.trials[trial].state(self.records[trial])

    def load_state(self, trial: int, state: dict[str, Any]) -> None:
        self.trials[trial].load_state(self.records[trial], state)


def count_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cell_of(job: Job) -> str:
    return type(job.network.cell).__name__


def _lay_out_job(job: Job) -> Layout:
    if reason := supports(job):
        raise ValueError(f"engine=fused cannot run {job.name}: {reason}; choose engine=reference")
    layout = lay_out(job.network, DESCRIPTIONS[_cell_of(job)], job.batch_size, job.task.max_length)
    describe(job, layout.trial)
    return layout


def _estimate_cost(job: Job) -> int:
    """About how much work a training step is."""
    return job.network.num_parameters * job.batch_size * job.task.max_length
