"""How far the trials of a stack have come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.engine import Evaluation, Trial
from seqmem.engines.report import Report
from seqmem.training.criterion import CriterionWatch
from seqmem.training.curves import CurveRecorder
from seqmem.training.outcome import Outcome, TrialResult

POINTS_PER_EVALUATION = 10  # points of the training curve between two evaluations


class StackProgress:
    """How far the trials of a stack have come: arrays with an entry a trial.

    One pass over arrays handles all trials: at a thousand trial-steps a millisecond there is no
    time for Python to look at every one of them.
    """

    def __init__(self, trials: Sequence[Trial]) -> None:
        self.trials = trials
        jobs = [trial.job for trial in trials]
        self.batch_sizes = np.array([job.batch_size for job in jobs])
        self.max_steps = np.array([job.max_steps for job in jobs])
        every = np.array([job.evaluate_every for job in jobs])
        self.evaluation_steps = np.maximum(1, np.rint(every / self.batch_sizes)).astype(np.int64)
        self.criteria = [CriterionWatch(job.criterion, job.batch_size) for job in jobs]
        tolerances = [job.criterion and job.criterion.tolerance for job in jobs]
        self.tolerances = np.array([np.nan if tolerance is None else tolerance for tolerance in tolerances])
        self.hopeful = np.zeros(len(trials), bool)  # had a batch all right in the last report
        self.stoppable = [trial for trial, job in enumerate(jobs) if job.stop and job.criterion]
        self.solved: list[int] = []  # trials that have met their criterion, until somebody takes note
        self.active = np.ones(len(trials), bool)
        self.finished = np.zeros(len(trials), bool)
        self.diverged = np.zeros(len(trials), bool)
        self.due = np.zeros(len(trials), bool)  # wants to be evaluated
        self.steps = np.zeros(len(trials), np.int64)
        self.work = np.zeros(len(trials))  # since time was shared last
        self.wall_time_s = np.zeros(len(trials))
        self.evaluations: list[Evaluation | None] = [None] * len(trials)
        self.test_errors: list[list[float]] = [[] for _ in trials]
        self.curves = CurveRecorder(self.batch_sizes, self.evaluation_steps, POINTS_PER_EVALUATION)

    def plan(self) -> list[int]:
        """Each trial's steps until something has to be decided: an evaluation, the budget or the criterion."""
        steps = np.minimum(self.evaluation_steps - self.steps % self.evaluation_steps, self.max_steps - self.steps)
        for trial in self.stoppable:
            steps[trial] = min(steps[trial], self.criteria[trial].earliest)
        planned: list[int] = np.where(self.active, steps, 0).tolist()
        return planned

    def record(self, report: Report) -> int:
        """Take note of what the engine did; returns the number of training sequences."""
        trials = np.flatnonzero(self.active)
        own = report.select(trials)
        before = self.steps[trials]
        self._watch_criteria(trials, own)
        self.steps[trials] += own.ends - own.starts
        self.diverged[trials] = ~np.isfinite(own.loss[own.ends - 1])
        for trial in self.stoppable:
            self.finished[trial] = self.criteria[trial].met_at is not None
        self.finished |= self.diverged | (self.steps >= self.max_steps)
        at_interval = self.steps % self.evaluation_steps == 0
        self.due = self.active & ~self.diverged & (self.finished | at_interval)
        self.curves.add(trials, before, own, (self.due | self.finished)[trials])
        self.work[trials] = own.work
        return int(((self.steps[trials] - before) * self.batch_sizes[trials]).sum())

    def _watch_criteria(self, trials: NDArray[np.int64], report: Report) -> None:
        """Let those criteria see the report that it can make a difference to: most trials have no batch all right."""
        tolerances = self.tolerances[trials]
        hopeful = np.minimum.reduceat(report.wrong, report.starts) == 0
        if not np.isnan(tolerances).all():
            within = np.fmin.reduceat(report.largest_error, report.starts) < tolerances
            hopeful = np.where(np.isnan(tolerances), hopeful, within)
        for row in np.flatnonzero(hopeful | self.hopeful[trials]).tolist():
            trial = int(trials[row])
            criterion = self.criteria[trial]
            was_met = criterion.met_at is not None
            criterion.record(report[row], int(self.steps[trial]))
            if criterion.met_at is not None and not was_met:
                self.solved.append(trial)
        self.hopeful[trials] = hopeful

    def record_evaluation(self, trial: int, evaluation: Evaluation) -> None:
        """Take note of a test at the end of the last point of the curve."""
        error = evaluation.wrong / self.trials[trial].job.test_size
        self.evaluations[trial] = evaluation
        self.test_errors[trial].append(error)
        self.curves.add_test(trial, evaluation.loss, error)

    def record_validation(self, trial: int, evaluation: Evaluation) -> None:
        """Take note of a test on the validation set at the end of the last point of the curve."""
        tested = self.trials[trial].job.validation_sequences
        assert tested is not None
        self.curves.add_validation(trial, evaluation.loss, evaluation.wrong / tested)

    def diverge(self, trial: int) -> None:
        """Take note that a trial's weights are no longer finite."""
        self.diverged[trial], self.finished[trial], self.due[trial] = True, True, False

    def state(self, trial: int) -> dict[str, Any]:
        """All that a trial needs to go on, but for what its engine knows."""
        return {
            "steps": int(self.steps[trial]),
            "criterion": self.criteria[trial].state(),
            "hopeful": bool(self.hopeful[trial]),
            "curve": self.curves.state(trial),
            "test_errors": np.array(self.test_errors[trial], np.float64),
            "wall_time_s": float(self.wall_time_s[trial]),
        }

    def load_state(self, trial: int, state: Mapping[str, Any]) -> None:
        """Take up a trial where `state` left it.

        Raises:
            KeyError, TypeError, ValueError: if it is not such a state.
        """
        if not 0 <= state["steps"] < self.max_steps[trial]:
            raise ValueError(f"{state['steps']} steps of {self.max_steps[trial]}")
        self.criteria[trial].load_state(state["criterion"])
        if self.criteria[trial].met_at is not None:
            self.solved.append(trial)
        self.curves.load_state(trial, state["curve"])
        self.test_errors[trial] = state["test_errors"].tolist()
        self.steps[trial], self.hopeful[trial] = state["steps"], state["hopeful"]
        self.wall_time_s[trial] = state["wall_time_s"]

    def share_time(self, seconds: float) -> None:
        """Share the time of a round among the trials, by their work in it."""
        self.wall_time_s += seconds * self.work / self.work.sum()
        self.work[:] = 0

    def outcome(self, trial: int, weights: dict[str, NDArray[np.float32]]) -> Outcome:
        """What became of a trial, without samples and trace."""
        job, seed = self.trials[trial].job, self.trials[trial].seed
        diverged, met_at = bool(self.diverged[trial]), self.criteria[trial].met_at
        test = None if diverged else self.evaluations[trial]
        errors = self.test_errors[trial]
        curve = self.curves.take(trial)
        result = TrialResult(
            trial=job.number_trial(seed),
            seed=seed,
            status="diverged" if diverged else "done",
            solved=met_at is not None,
            sequences=int(self.steps[trial]) * job.batch_size,
            sequences_to_criterion=None if met_at is None else met_at * job.batch_size,
            wrong=None if test is None else test.wrong,
            outside_tolerance=None if test is None else test.outside_tolerance,
            answer_error=None if test is None else test.answer_error,
            test_sequences=job.test_size,
            mean_test_error=sum(errors) / len(errors) if errors else None,
            train_loss=curve[-1].train_loss,
            test_loss=None if test is None else test.loss,
            parameters=job.network.num_parameters,
            wall_time_s=float(self.wall_time_s[trial]),
        )
        return Outcome(result, curve, weights, [], None)
