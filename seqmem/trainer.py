"""The schedule over a stack: advance, evaluate, watch the criterion, retire."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from seqmem.criterion import CriterionWatch
from seqmem.data import draw_test_set
from seqmem.engines.engine import Engine, Evaluation, Steps, Trial
from seqmem.results import CurvePoint, Outcome, TrialResult, read_samples

POINTS_PER_EVALUATION = 10  # points of the training curve between two evaluations
NUM_SAMPLES = 10


def train(
    engine: Engine, trials: Sequence[Trial], on_advance: Callable[[int], None] = lambda sequences: None
) -> Iterator[tuple[int, Outcome]]:
    """Train a stack to its end.

    Args:
        engine: Built with `trials`.
        trials: The stack.
        on_advance: Called with the number of training sequences since its last call.
    Yields:
        Each trial's place in the stack and what became of it, as soon as it is finished.
    """
    stack = {place: _Progress(trial) for place, trial in enumerate(trials)}
    while stack:
        start = time.perf_counter()
        reports = engine.advance([stack[place].next_steps() if place in stack else 0 for place in range(len(trials))])
        for place, progress in stack.items():
            progress.record(reports[place])
        due = [place for place, progress in stack.items() if progress.wants_evaluation]
        for place, evaluation in zip(due, engine.evaluate(due), strict=True):
            stack[place].record_evaluation(evaluation)
        seconds = (time.perf_counter() - start) / sum(len(report) for report in reports)
        for place, progress in stack.items():
            progress.wall_time_s += seconds * len(reports[place])
        on_advance(sum(len(reports[place]) * progress.job.batch_size for place, progress in stack.items()))
        for place in [place for place, progress in stack.items() if progress.finished]:
            engine.retire(place)
            yield place, _finish(engine, place, stack.pop(place))


class _Progress:
    """How far one trial of the stack has come."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.job = trial.job
        self.steps = 0
        self.criterion = CriterionWatch(self.job.task.criterion, self.job.batch_size)
        self.diverged = False
        self.evaluation: Evaluation | None = None
        self.test_errors: list[float] = []
        self.curve: list[CurvePoint] = []
        self.wall_time_s = 0.0
        self._evaluation_steps = max(1, round(self.job.evaluate_every / self.job.batch_size))
        self._point_steps = max(1, self._evaluation_steps // POINTS_PER_EVALUATION)
        self._pending = np.empty((0, 2))  # loss and wrong of each step since the last point of the curve

    @property
    def finished(self) -> bool:
        solved = self.job.stop and self.criterion.met_at is not None
        return self.diverged or solved or self.steps >= self.job.max_steps

    @property
    def wants_evaluation(self) -> bool:
        return not self.diverged and (self.finished or self.steps % self._evaluation_steps == 0)

    def next_steps(self) -> int:
        """Steps until something has to be decided: an evaluation, the budget or the criterion."""
        until_evaluation = self._evaluation_steps - self.steps % self._evaluation_steps
        steps = min(until_evaluation, self.job.max_steps - self.steps)
        return min(steps, self.criterion.earliest) if self.job.stop and self.criterion.criterion else steps

    def record(self, report: Steps) -> None:
        """Take note of what the engine did."""
        self.criterion.record(report, self.steps)
        self.steps += len(report)
        self.diverged = not np.isfinite(report.loss[-1])
        self._pending = np.concatenate([self._pending, np.column_stack([report.loss, report.wrong])])
        while len(self._pending) >= self._point_steps:
            self._add_point(self._point_steps)
        if len(self._pending) and (self.finished or self.wants_evaluation):
            self._add_point(len(self._pending))

    def _add_point(self, count: int) -> None:
        loss, wrong = self._pending[:count].mean(0)
        self._pending = self._pending[count:]
        sequences = (self.steps - len(self._pending)) * self.job.batch_size
        self.curve.append(CurvePoint(sequences, float(loss), float(wrong) / self.job.batch_size))

    def record_evaluation(self, evaluation: Evaluation) -> None:
        """Take note of a test at the end of the last point of the curve."""
        self.evaluation = evaluation
        error = evaluation.wrong / self.job.test_sequences
        self.test_errors.append(error)
        self.curve[-1] = replace(self.curve[-1], test_loss=evaluation.loss, test_error=error)

    def result(self) -> TrialResult:
        test = None if self.diverged else self.evaluation
        met_at = self.criterion.met_at
        return TrialResult(
            trial=self.trial.seed - self.job.seed,
            seed=self.trial.seed,
            status="diverged" if self.diverged else "done",
            solved=met_at is not None,
            sequences=self.steps * self.job.batch_size,
            sequences_to_criterion=None if met_at is None else met_at * self.job.batch_size,
            wrong=None if test is None else test.wrong,
            outside_tolerance=None if test is None else test.outside_tolerance,
            test_sequences=self.job.test_sequences,
            mean_test_error=float(np.mean(self.test_errors)) if self.test_errors else None,
            train_loss=self.curve[-1].train_loss,
            test_loss=None if test is None else test.loss,
            parameters=self.job.network.num_parameters,
            wall_time_s=self.wall_time_s,
        )


def _finish(engine: Engine, place: int, progress: _Progress) -> Outcome:
    result = progress.result()
    outcome = Outcome(result, progress.curve, engine.weights(place), [], None)
    if result.trial > 0 or progress.diverged:
        return outcome
    sequences = draw_test_set(progress.job, result.seed)[:NUM_SAMPLES]
    samples = read_samples(progress.job.task, sequences, engine.predict(place, sequences))
    longest = int(sequences.lengths.argmax())
    return replace(outcome, samples=samples, trace=engine.trace(place, sequences[longest : longest + 1]))
