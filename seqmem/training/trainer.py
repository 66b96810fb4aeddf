"""The schedule over a stack: advance, evaluate, watch the criterion, retire."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from seqmem.arguments import shorten
from seqmem.engines.engine import Stack, Trial
from seqmem.job.data import draw_test_set
from seqmem.job.job import VALIDATION, Job
from seqmem.tasks.task import Sequences
from seqmem.training.early_stopping import EarlyStopping
from seqmem.training.further_tests import leave_out_tests, run_further_tests
from seqmem.training.outcome import FurtherResult, Outcome, format_samples
from seqmem.training.progress import StackProgress

log = logging.getLogger(__name__)

NUM_SAMPLES = 10
ROUND_S = 1.0  # how long a round may take, about: whoever interrupts waits for its end
FIRST_ROUND = 1e10  # products of a weight and an input in the first round, about: a second's work or less
FIRST_STEPS = 200  # of it at most: what a step takes beside its arithmetic is not among them


def train(
    stack: Stack, trials: Sequence[Trial], on_advance: Callable[[int], None] = lambda sequences: None
) -> Iterator[tuple[int, Outcome]]:
    """Train a stack to its end.

    Args:
        stack: Built with `trials`.
        trials: Those of the stack.
        on_advance: Called with the number of training sequences since its last call.
    Yields:
        Each trial's index in the stack and what became of it, as soon as it is finished.
    """
    training = Training(stack, trials)
    while training.active:
        sequences, finished = training.advance()
        on_advance(sequences)
        for trial in finished:
            yield trial, training.finish(trial)


class Training:
    """The training of a stack, round by round.

    Between two rounds every trial can be dropped, and taken up later, here or elsewhere, with
    the same numbers as if it had never been.

    Args:
        stack: Built with `trials`.
        trials: Those of the stack.
    """

    def __init__(self, stack: Stack, trials: Sequence[Trial]) -> None:
        self.stack = stack
        self.progress = StackProgress(trials)
        self.tests: dict[int, list[FurtherResult]] = {}
        self.early_stopping = {
            index: EarlyStopping(trial.job.patience) for index, trial in enumerate(trials) if trial.job.stop_on
        }
        work = sum(_estimate_work(trial) for trial in trials)  # of a step
        self.most = max(1, min(FIRST_STEPS, int(FIRST_ROUND / work)))  # steps of a round

    @property
    def active(self) -> list[int]:
        """The trials that are being trained, by their index in the stack."""
        rows: list[int] = np.flatnonzero(self.progress.active).tolist()
        return rows

    def advance(self) -> tuple[int, list[int]]:
        """Train for a round; returns the number of training sequences, and the trials that are to be finished."""
        stack, progress = self.stack, self.progress
        start = time.perf_counter()
        planned = [min(steps, self.most) for steps in progress.plan()]
        sequences = progress.record(stack.advance(planned))
        self._limit(max(planned), time.perf_counter() - start)
        for trial in np.flatnonzero(progress.active & progress.finished & ~progress.diverged).tolist():
            if not all(np.isfinite(weight).all() for weight in stack.weights(trial).values()):
                progress.diverge(trial)
        due = np.flatnonzero(progress.due).tolist()
        for trial, evaluation in zip(due, stack.evaluate(due), strict=True):
            progress.record_evaluation(trial, evaluation)
        self._validate([trial for trial in due if progress.trials[trial].job.validation_sequences is not None])
        progress.share_time(time.perf_counter() - start)
        finished = np.flatnonzero(progress.active & progress.finished).tolist()
        self.tests |= run_further_tests(stack, progress.trials, [t for t in finished if not progress.diverged[t]])
        return sequences, finished

    def _validate(self, due: Sequence[int]) -> None:
        """Test trials on their validation sets; those that end take their best weights back, if they are to."""
        stack, progress = self.stack, self.progress
        for trial, evaluation in zip(due, stack.evaluate(due, VALIDATION) if due else [], strict=True):
            progress.record_validation(trial, evaluation)
            if trial in self.early_stopping:
                stopping = self.early_stopping[trial]
                if stopping.record(evaluation.loss):
                    stopping.weights = stack.state(trial)["weights"]
                progress.finished[trial] |= stopping.is_over
        ended = [
            t for t in due if t in self.early_stopping and progress.finished[t] and self.early_stopping[t].holds_better
        ]
        for trial in ended:
            stack.load_state(trial, stack.state(trial) | {"weights": self.early_stopping[trial].weights})
        for trial, evaluation in zip(ended, stack.evaluate(ended) if ended else [], strict=True):
            progress.evaluations[trial] = evaluation

    def take_solved(self) -> list[int]:
        """The trials that have met their criterion since the last call, by their index in the stack."""
        solved, self.progress.solved = self.progress.solved, []
        return solved

    def _limit(self, steps: int, seconds: float) -> None:
        """Let the next round be as long as it may, by the time that this one took."""
        self.most = max(1, min(8 * self.most, int(steps * ROUND_S / max(seconds, 1e-6))))

    def finish(self, trial: int) -> Outcome:
        """Let go of a trial that has ended, and say what became of it."""
        self.drop(trial)
        outcome = _finish(self.stack, self.progress, trial)
        return replace(outcome, tests=self.tests.pop(trial, leave_out_tests(self.progress.trials[trial].job)))

    def drop(self, trial: int) -> None:
        """Train a trial no further."""
        self.stack.retire(trial)
        self.progress.active[trial] = False

    def state(self, trial: int) -> dict[str, Any]:
        """All that a trial needs to go on, as arrays and plain values in nested dicts."""
        state = {"progress": self.progress.state(trial), "engine": self.stack.state(trial)}
        stopping = self.early_stopping.get(trial)
        return state if stopping is None else state | {"early_stopping": stopping.state()}

    def load_state(self, trial: int, state: Mapping[str, Any]) -> None:
        """Take up a trial where `state` left it.

        Raises:
            ValueError: if the state is not one of such a trial, which then begins from its start.
        """
        fresh = self.state(trial)
        try:
            check_state(state["engine"], fresh["engine"], "engine")
            if state["engine"]["steps"] != state["progress"]["steps"]:
                raise ValueError("the engine and the schedule have done different numbers of steps")
            if trial in self.early_stopping:
                size = self.progress.trials[trial].job.network.num_parameters
                self.early_stopping[trial].load_state(state["early_stopping"], size)
            self.progress.load_state(trial, state["progress"])
            self.stack.load_state(trial, state["engine"])
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            self.progress.load_state(trial, fresh["progress"])
            self.stack.load_state(trial, fresh["engine"])
            if trial in self.early_stopping:
                self.early_stopping[trial] = EarlyStopping(self.early_stopping[trial].patience)
            raise ValueError(f"it is not a state of this trial: {error}") from None


def check_state(state: Any, fresh: Any, name: str) -> None:
    """Check that a state has the parts of a fresh one: the same names, types, and shapes of arrays.

    Raises:
        ValueError: naming the part that differs.
    """
    if type(state) is not type(fresh):
        raise ValueError(f"{name} is {type(state).__name__}, not {type(fresh).__name__}")
    if isinstance(fresh, dict):
        if state.keys() != fresh.keys():
            raise ValueError(f"{name} has {', '.join(state)}, not {', '.join(fresh)}")
        for key in fresh:
            check_state(state[key], fresh[key], f"{name}.{key}")
    elif isinstance(fresh, np.ndarray) and (state.dtype, state.shape) != (fresh.dtype, fresh.shape):
        raise ValueError(f"{name} is {state.dtype}{state.shape}, not {fresh.dtype}{fresh.shape}")


def draw_samples(job: Job, seed: int) -> Sequences:
    """The test sequences that are kept as samples."""
    return draw_test_set(job, seed)[:NUM_SAMPLES]


def choose_traced(sequences: Sequences) -> Sequences:
    """Of some sequences that which is traced: the first of the longest."""
    longest = int(sequences.lengths.argmax())
    return sequences[longest : longest + 1]


def _estimate_work(trial: Trial) -> int:
    """About how many products a training step takes."""
    job = trial.job
    return 3 * job.network.num_parameters * job.batch_size * job.task.max_length


def _finish(stack: Stack, progress: StackProgress, trial: int) -> Outcome:
    outcome = progress.outcome(trial, stack.weights(trial))
    if outcome.result.trial > 0 or outcome.result.status == "diverged":
        return outcome
    job = progress.trials[trial].job
    try:
        sequences = draw_samples(job, outcome.result.seed)
        outcome = replace(outcome, samples=format_samples(job.task, sequences, stack.predict(trial, sequences)))
        return replace(outcome, trace=stack.trace(trial, choose_traced(sequences)))
    except Exception as error:  # whatever it is, it comes after the training
        lacks = "no trace" if outcome.samples else "neither samples nor a trace"
        why = shorten(f"{type(error).__name__}: {error}".partition("\n")[0])
        log.warning(
            "%s: the trial of seed %d keeps its result, but has %s: %s", job.name, outcome.result.seed, lacks, why
        )
        return outcome
