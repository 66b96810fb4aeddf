"""What one process does of a sweep: trains the jobs that it has claimed, in stacks."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence

from seqmem import records
from seqmem.engines.choose import build_engine
from seqmem.engines.engine import Trial
from seqmem.records.tensorboard import write_curve
from seqmem.sweep.claims import Claims
from seqmem.sweep.display import Display
from seqmem.sweep.failure import Failure, describe_failure, is_lack_of_memory
from seqmem.sweep.held_job import HeldJob
from seqmem.sweep.interruption import Interruption
from seqmem.sweep.point import Point
from seqmem.sweep.policy import Policy
from seqmem.sweep.requests import Requests
from seqmem.sweep.running_stack import RunningStack
from seqmem.sweep.standing import Standing
from seqmem.training.outcome import TrialResult
from seqmem.training.trainer import Training

SAVING_SHARE = 0.02  # of the time, at most, goes into saving states
ANSWER_S = 0.5  # how often to look whether another process has nothing to do

Settled = tuple[int, list[TrialResult] | Exception]


class Shift:
    """The jobs that a process has claimed, by their place in the sweep.

    Args:
        points: Of the sweep, by place.
        display: What shows it.
        policy: How often to save.
        claims: Holds the jobs' locks.
        requests: Of processes that have nothing to do.
        interruption: Tells when to stop.
    """

    def __init__(
        self,
        points: Mapping[int, Point],
        display: Display,
        policy: Policy,
        claims: Claims,
        requests: Requests,
        interruption: Interruption,
    ) -> None:
        self.points = points
        self.display = display
        self.policy = policy
        self.claims = claims
        self.requests = requests
        self.interruption = interruption
        self.jobs: dict[int, HeldJob] = {}
        self.saved_at = self.answered_at = time.monotonic()
        self.saving_s = 0.0  # how long it took last

    def begin(self, place: int, standing: Standing) -> None:
        """Take note of a job that was claimed."""
        job = self.jobs[place] = HeldJob(self.points[place], standing)
        for path in job.aside:
            self.display.note(f"{path} could not be read and is kept; the job is trained anew")

    def train(self, places: Sequence[int]) -> Iterator[Settled]:
        """Train jobs that can share a stack; some may be given back to other processes."""
        yield from self._end_jobs(places)  # that were killed between their last trial and their last file
        trials = [(place, seed) for place in places if place in self.jobs for seed in self.jobs[place].remaining]
        yield from self._train(trials)

    def _train(self, trials: Sequence[tuple[int, int]]) -> Iterator[Settled]:
        """Train trials, each a job's place and a seed, side by side; if that fails, in halves."""
        if trials := [(place, seed) for place, seed in trials if place in self.jobs]:
            failure = yield from self._train_together(trials)
            if failure is not None:
                yield from self._train_apart(trials, *failure)

    def _train_together(self, trials: Sequence[tuple[int, int]]) -> Generator[Settled, None, Failure | None]:
        """Train trials side by side; returns what it failed of, if it does."""
        try:
            training = self._build(trials)
        except Exception as error:
            return describe_failure(error)
        running = RunningStack(training, trials)
        while training.active:
            try:
                sequences, finished = training.advance()
                outcomes = [(trials[trial][0], training.finish(trial)) for trial in finished]
            except Exception as error:
                return describe_failure(error)
            self.display.advance(sequences)
            for place, outcome in outcomes:
                self.jobs[place].add(outcome)
                if self.policy.tensorboard:
                    write_curve(self.points[place].folder, outcome)
                self.display.trial_done(self.points[place], outcome.result)
            yield from self._end_jobs(sorted({place for place, _ in outcomes}))
            yield from self._between_rounds(running)
        return None

    def _build(self, trials: Sequence[tuple[int, int]]) -> Training:
        """A training of trials that begin where they were left."""
        stack = [Trial(self.points[place].job, seed) for place, seed in trials]
        training = Training(build_engine(self.points[trials[0][0]].choice, stack), stack)
        for place, row_of in RunningStack(training, trials).rows.items():
            try:
                for seed, state in self.jobs[place].read_states(row_of).items():
                    training.load_state(row_of[seed], state)
            except ValueError as error:
                aside = self.jobs[place].set_states_aside()
                self.display.note(f"{error}; it is kept as {aside}, and trials may be trained from their start")
        return training

    def _train_apart(self, trials: Sequence[tuple[int, int]], error: Exception, trace: str) -> Iterator[Settled]:
        """Train what is left of trials that failed together; what fails alone is the cause."""
        left = [(place, seed) for place, seed in trials if place in self.jobs and seed in self.jobs[place].remaining]
        places = list(dict.fromkeys(place for place, _ in left))
        if len(places) > 1:
            first = set(places[: len(places) // 2])
            yield from self._train([trial for trial in left if trial[0] in first])
            yield from self._train([trial for trial in left if trial[0] not in first])
        elif len(left) > 1 and is_lack_of_memory(error):
            yield from self._train(left[: len(left) // 2])
            yield from self._train(left[len(left) // 2 :])
        else:
            yield from self._fail(places[0], error, trace)

    def _between_rounds(self, running: RunningStack) -> Iterator[Settled]:
        """Save what is due, end if that was asked for, and share with processes that have nothing to do."""
        now = time.monotonic()
        asked = self.interruption.number is not None
        pause = max(self.policy.save_every, self.saving_s / SAVING_SHARE) if self.policy.save_every else 0
        if asked or now - self.saved_at >= pause:
            for place in [place for place in running.rows if place in self.jobs]:
                yield from self._save(place, running)
            self.saved_at = time.monotonic()
            self.saving_s = self.saved_at - now
        self.interruption.check()
        if now - self.answered_at >= ANSWER_S:
            self.answered_at = now
            yield from self._share(running)

    def _save(self, place: int, running: RunningStack) -> Iterator[Settled]:
        if not self._check(place):
            running.drop(place)
            return
        try:
            self.jobs[place].save(running.states(place))
        except records.RecordError as error:
            running.drop(place)
            yield from self._fail(place, *describe_failure(error))

    def _share(self, running: RunningStack) -> Iterator[Settled]:
        """Give some jobs to a process that asks for them, those first that have not begun."""
        held = {self.points[place].folder: place for place in sorted(self.jobs, key=lambda p: p not in running.rows)}
        given = [held[folder] for folder in self.requests.answer(list(held))]
        for place in given:
            yield from self._save(place, running)
            running.drop(place)
            if place in self.jobs:
                self.jobs.pop(place).interrupt()
                self.claims.release(self.points[place].folder)
        if given:
            self.display.note(f"gave {len(given):,} job{'' if len(given) == 1 else 's'} to another process")

    def _end_jobs(self, places: Sequence[int]) -> Iterator[Settled]:
        """Write the jobs whose trials have all ended."""
        for place in [place for place in places if place in self.jobs and not self.jobs[place].remaining]:
            if not self._check(place):
                continue
            try:
                trials = self.jobs[place].finish()
            except records.RecordError as error:
                yield from self._fail(place, *describe_failure(error))
                continue
            self._let_go(place)
            self.display.job_done(self.points[place], trials)
            yield place, trials

    def _fail(self, place: int, error: Exception, trace: str) -> Iterator[Settled]:
        if self._check(place):
            self.jobs[place].fail(error, trace)
            self._let_go(place)
            self.display.job_failed(self.points[place], error)
            yield place, error

    def _check(self, place: int) -> bool:
        """Whether a job is still this process's; if not, another one will end it."""
        if self.claims.check(self.points[place].folder):
            return True
        del self.jobs[place]
        self.display.note(f"{self.points[place].folder} was taken over by another process")
        return False

    def _let_go(self, place: int) -> None:
        del self.jobs[place]
        self.claims.release(self.points[place].folder)
