"""A stack of trials as the compiled engine trains it: any mix of built-in networks, on all cores of the CPU."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.engine import Evaluation, Trace, Trial
from seqmem.engines.fused.layout import lay_out
from seqmem.engines.fused.lineup import Lineup, Queue, take_each
from seqmem.engines.fused.program import Program, prepare, run
from seqmem.engines.fused.samplers.draws import addresses
from seqmem.engines.fused.samplers.sampler import Source
from seqmem.engines.fused.samplers.stored import STORED, Stored
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.structs import EVALUATE, PREDICT, TRACE, TRAIN, TRIAL
from seqmem.engines.fused.support import find_obstacle
from seqmem.engines.fused.trial import FusedTrial, describe
from seqmem.engines.fused.workspace import Workspace
from seqmem.engines.report import Report
from seqmem.engines.tracing import measure_gradient
from seqmem.job.job import Job
from seqmem.job.streams import stream
from seqmem.machine import count_cores
from seqmem.tasks.task import Sequences

PREDICTED_AT_ONCE = 1024  # sequences; bounds the workspace


class FusedStack:
    """Trains its trials side by side; see `seqmem.engines.engine.Stack`.

    Every trial is computed by itself, so that its numbers are the same bytes in any stack, in
    any order and on any number of threads.

    Args:
        trials: Trials whose jobs are all supported; they may differ in everything.
        threads: How many trials are trained at a time; as many as the process may use cores,
            unless given.
    Raises:
        ValueError: if a job is not supported, or `threads` is below 1.
    """

    def __init__(self, trials: Sequence[Trial], threads: int | None = None) -> None:
        for trial in trials:
            if reason := find_obstacle(trial.job):
                raise ValueError(f"engine=fused cannot run {trial.job.name}: {reason}; choose engine=reference")
        if threads is not None and threads < 1:
            raise ValueError(f"threads must be at least 1, got {threads}")
        self.threads = threads or count_cores()
        self.trials = [FusedTrial(trial) for trial in trials]
        self.lineup = Lineup([trial.job for trial in trials], TRAIN)
        for own, struct in zip(self.trials, self.lineup.structs, strict=True):
            own.enter(struct)
        self.tests: dict[str | None, Lineup] = {}
        self.fixed = [row for row, trial in enumerate(trials) if trial.job.train_set is not None]
        self.retired = np.zeros(len(self.trials), bool)
        self.workspace = Workspace()
        self.pool: ThreadPoolExecutor | None = None
        for program in self.lineup.rows:
            prepare(program)

    def advance(self, steps: Sequence[int]) -> Report:
        wanted = np.array(steps, np.int64)
        if len(retired := np.flatnonzero(self.retired & (wanted > 0))):
            raise RuntimeError(f"trial {retired[0]} is retired and cannot be trained")
        structs = self.lineup.structs
        fixed = [row for row in self.fixed if wanted[row]]
        for row in fixed:
            self.trials[row].take_indices(int(wanted[row]))
        report = self._run(self.lineup, wanted)
        for row in fixed:
            self.trials[row].return_indices(int(structs[row]["done"]))
        done = structs["done"]
        if np.any(done < wanted):  # a trial diverged, and left a gap
            owner = np.repeat(np.arange(len(wanted)), wanted)
            report = report[:, np.arange(len(owner)) - structs["report"][owner] < done[owner]]
        loss, wrong, largest_error, mean_error = report
        work = structs["cycles"].astype(np.float64)
        return Report(np.cumsum(done), loss, wrong.astype(np.int64), largest_error, mean_error, work)

    def evaluate(self, trials: Sequence[int], test: str | None = None) -> list[Evaluation]:
        looped = {trial for trial in trials if self.trials[trial].job.runs_in_closed_loop(test)}
        tested = {trial: self._evaluate_in_closed_loop(trial, str(test)) for trial in looped}
        compiled = [trial for trial in trials if trial not in looped]
        tested |= zip(compiled, self._evaluate(compiled, test), strict=True)
        return [tested[trial] for trial in trials]

    def _evaluate_in_closed_loop(self, trial: int, test: str) -> Evaluation:
        """In torch: what a network reads next depends on what it has answered."""
        from seqmem.engines.reference.closed_loop import evaluate_in_closed_loop

        own = self.trials[trial]
        return evaluate_in_closed_loop(own.job.for_test(test), own.weights(), own.seed)

    def _evaluate(self, trials: Sequence[int], test: str | None) -> list[Evaluation]:
        if not trials:
            return []
        lineup = self._line_up_test(test)
        wanted = np.zeros(len(self.trials), np.int64)
        wanted[list(trials)] = 1
        report = self._run(lineup, wanted)[:, lineup.structs["report"][list(trials)]]
        return [
            _evaluate(lineup.jobs[trial], lineup.structs[trial], *row)
            for trial, row in zip(trials, report[:3].T.tolist(), strict=True)
        ]

    def _line_up_test(self, test: str | None) -> Lineup:
        """The structs of the test set, or of a further test; trials that have no such test keep their own."""
        if test not in self.tests:
            jobs = {id(trial.job): trial.job for trial in self.trials}
            if test is not None:
                jobs = {key: job.for_test(test) if test in job.tests else job for key, job in jobs.items()}
            own = [jobs[id(trial.job)] for trial in self.trials]
            self.tests[test] = Lineup(own, EVALUATE, test)
            for trial, job, struct in zip(self.trials, own, self.tests[test].structs, strict=True):
                trial.enter_test(struct, job, test)
        return self.tests[test]

    def _run(self, lineup: Lineup, wanted: NDArray[np.int64]) -> NDArray[np.float32]:
        """Run each trial for `wanted` steps on as many threads as there is work for; return the report."""
        report = lineup.begin(wanted)
        queues, ahead = lineup.queue(wanted), lineup.queue_drawn_ahead(wanted)
        workers = min(self.threads, len(ahead) + sum(len(queue.order) for queue in queues))
        if workers <= 1:
            self._work(lineup, queues, ahead, report)
            return report
        if self.pool is None:
            self.pool = ThreadPoolExecutor(self.threads, thread_name_prefix="fused")
        for future in [self.pool.submit(self._work, lineup, queues, ahead, report) for _ in range(workers)]:
            future.result()
        return report

    def _work(self, lineup: Lineup, queues: list[Queue], ahead: deque[int], report: NDArray[np.float32]) -> None:
        lanes, symbols = self.workspace.take(lineup.floats, lineup.integers)
        for row in take_each(ahead):
            program, only = Program.of(lineup.jobs[row].network), np.array([row])

            def run_steps(program: Program = program, only: NDArray[np.int64] = only) -> None:
                taken = np.zeros(1, np.int64)
                run(program.description, lineup.structs, lineup.layers, only, taken, lanes, symbols, report)

            if lineup.mode == EVALUATE:
                self.trials[row].run_test(lineup.structs[row], lineup.jobs[row], lineup.test, run_steps)
            else:
                self.trials[row].run_ahead(lineup.structs[row], run_steps, report)
        for program, order, taken in queues:
            run(program.description, lineup.structs, lineup.layers, order, taken, lanes, symbols, report)

    def retire(self, trial: int) -> None:
        self.trials[trial].retire()
        self.retired[trial] = True

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
        struct, layers, lanes = self._run_once(trial, sequence, TRACE, rng, np.empty(0, np.float32))
        network, steps = self.trials[trial].job.network, int(sequence.lengths[0])

        def take(offset: int, width: int) -> NDArray[np.float32]:
            rows = lanes[offset : offset + steps * width * BLOCK]
            return rows.reshape(steps, width, BLOCK)[:, :, 0].copy()

        named = self.weights(trial)
        first = [layer for layer in network.layers if layer.depth == 0]
        weights = [named[f"recurrent.weight_ih{layer.suffix}"] for layer in first]
        gates = [
            take(int(layer["gates"]), int(layer["gates_width"]))[:, : len(weight)]  # behind them what a cell keeps more
            for layer, weight in zip(layers[: len(first)], weights, strict=True)
        ]
        gradient_norm = measure_gradient(np.concatenate(gates, axis=1), np.concatenate(weights))
        hidden = take(int(struct["first_outputs"]), network.top_size)
        return Trace(gradient_norm.astype(np.float32), hidden)

    def _run_once(
        self, trial: int, sequences: Sequences, mode: int, rng: np.random.Generator, answers: NDArray[np.float32]
    ) -> tuple[Any, NDArray[Any], NDArray[np.float32]]:
        """Run a trial's network over given sequences; return its struct, its layers' and the workspace."""
        job = self.trials[trial].job
        program = Program.of(job.network)
        layout = lay_out(job.network, len(sequences), sequences.inputs.shape[1])
        structs = np.array([layout.trial], TRIAL)
        struct = structs[0]
        describe(job, struct, mode)
        source = Source(STORED, Stored.convert(job.task, sequences, np.arange(len(sequences))))
        source.enter(struct)
        struct["wanted"], struct["answers"] = 1, answers.ctypes.data
        struct["weights"] = self.trials[trial].flat.ctypes.data
        struct["initial_draw"], struct["initial_draw_state"] = addresses(rng)
        lanes, symbols = self.workspace.take(layout.floats, layout.integers)
        prepare(program)
        first, report = np.zeros(1, np.int64), np.empty((4, 0), np.float32)
        run(program.description, structs, layout.layers, first, first.copy(), lanes, symbols, report)
        return struct, layout.layers, lanes

    def weights(self, trial: int) -> dict[str, NDArray[np.float32]]:
        return self.trials[trial].weights()

    def state(self, trial: int) -> dict[str, Any]:
        return self.trials[trial].state(self.lineup.structs[trial])

    def load_state(self, trial: int, state: dict[str, Any]) -> None:
        self.trials[trial].load_state(self.lineup.structs[trial], state)


def _evaluate(job: Job, struct: Any, loss: float, wrong: float, outside: float) -> Evaluation:
    """What the program left of a test, in its report and in the trial's struct."""
    return Evaluation(
        loss,
        int(wrong),
        None if job.task.strict_tolerance is None else int(outside),
        struct["wrong_answers"] / struct["scored"] if job.task.target.scores_several else None,
    )
