"""Trains jobs in stacks: saves them now and then, and tries what fails in halves."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence

from seqmem.engines.engine import Trial
from seqmem.job.job import Job
from seqmem.machine import format_size
from seqmem.records.tensorboard import write_curve
from seqmem.sweep.display import Display
from seqmem.sweep.failure import Failure, describe_failure, is_lack_of_memory
from seqmem.sweep.held_jobs import Ended, HeldJobs
from seqmem.sweep.interruption import Interruption
from seqmem.sweep.policy import Policy
from seqmem.sweep.room import Room
from seqmem.sweep.running_stack import RunningStack
from seqmem.sweep.stacks import list_parts
from seqmem.training.trainer import Training

SAVING_SHARE = 0.1  # of the time, at most, goes into saving states


class StackTraining:
    """Trains stack after stack.

    Args:
        held: The jobs, which are written as they end.
        display: What shows the sweep.
        policy: How often to save.
        interruption: Tells when to stop.
    """

    def __init__(self, held: HeldJobs, display: Display, policy: Policy, interruption: Interruption) -> None:
        self.held = held
        self.display = display
        self.policy = policy
        self.interruption = interruption
        self.saved_at = time.monotonic()
        self.saving_s = 0.0  # how long it took last
        self.round_at = self.saved_at  # when the round that is under way began
        self.room = Room()
        for index, job in held.jobs.items():
            self._learn(index, job.killed_in)

    def _learn(self, index: int, killed_in: int | None) -> None:
        """Take note of the stack in which an earlier process was killed."""
        if self.room.learn(index, self.held.settings[index].choice.engine, killed_in):
            size, most = format_size(killed_in or 0), format_size(self.room.most)
            self.display.note(
                f"an earlier process was killed with a stack of about {size}; stacks now take at most {most} of memory"
            )

    def train(self, indices: Sequence[int]) -> Iterator[Ended]:
        """Train jobs that can share a stack, as many of their trials as fit; yields each as soon as it is written."""
        yield from self.held.finish(indices)  # those that were killed between their last trial and their last file
        trials = [(index, seed) for index in indices if index in self.held for seed in self.held[index].remaining]
        if trials:
            engine = self.held.settings[indices[0]].choice.engine
            yield from self._train(trials[: engine.count_fitting(self._list_parts(trials), self.room.find(engine))])

    def _list_parts(self, trials: Sequence[tuple[int, int]]) -> Iterator[tuple[Job, int]]:
        return list_parts(self.held.settings[index].job for index, _ in trials)

    def _train(self, trials: Sequence[tuple[int, int]]) -> Iterator[Ended]:
        """Train trials, each a job's index and a seed, side by side; if that fails, in halves."""
        if trials := [(index, seed) for index, seed in trials if index in self.held]:
            failure = yield from self._train_together(trials)
            if failure is not None:
                yield from self._train_apart(trials, *failure)

    def _train_together(self, trials: Sequence[tuple[int, int]]) -> Generator[Ended, None, Failure | None]:
        """Train trials side by side; returns what it failed of, if it does."""
        memory = self.held.settings[trials[0][0]].choice.engine.estimate_memory(self._list_parts(trials))
        for index in dict.fromkeys(index for index, _ in trials):
            self.held[index].enter_stack(memory)
        self.display.build()
        try:
            training = self._build(trials)
        except Exception as error:
            return describe_failure(error)
        finally:
            self.display.train()
        running = RunningStack(training, trials)
        while training.active:
            self.round_at = time.monotonic()
            try:
                sequences, finished = training.advance()
                outcomes = [(trials[row][0], training.finish(row)) for row in finished]
            except Exception as error:
                return describe_failure(error)
            self.display.advance(sequences)
            for row in training.take_solved():
                index, seed = trials[row]
                self.display.trial_solved(self.held.settings[index], seed)
            for index, outcome in outcomes:
                self.held[index].add(outcome)
                if self.policy.tensorboard:
                    write_curve(self.held.settings[index].folder, outcome)
                self.display.trial_done(self.held.settings[index], outcome.result)
            yield from self.held.finish(sorted({index for index, _ in outcomes}))
            yield from self._between_rounds(running)
        return None

    def _build(self, trials: Sequence[tuple[int, int]]) -> Training:
        """A training of trials that begin where they were left."""
        settings = self.held.settings
        stack = [Trial(settings[index].job, seed) for index, seed in trials]
        training = Training(settings[trials[0][0]].choice.engine.build(stack), stack)
        for index, row_of in RunningStack(training, trials).rows.items():
            try:
                for seed, state in self.held[index].read_states(row_of).items():
                    training.load_state(row_of[seed], state)
            except ValueError as error:
                aside = self.held[index].set_states_aside()
                self.display.note(f"{error}; the file is kept as {aside}, and its trials may start anew")
        return training

    def _train_apart(self, trials: Sequence[tuple[int, int]], error: Exception, trace: str) -> Iterator[Ended]:
        """Train what is left of trials that failed together; what fails alone is the cause."""
        left = [(index, seed) for index, seed in trials if index in self.held and seed in self.held[index].remaining]
        indices = list(dict.fromkeys(index for index, _ in left))
        if len(indices) > 1:
            first = set(indices[: len(indices) // 2])
            yield from self._train([trial for trial in left if trial[0] in first])
            yield from self._train([trial for trial in left if trial[0] not in first])
        elif len(left) > 1 and is_lack_of_memory(error):
            yield from self._train(left[: len(left) // 2])
            yield from self._train(left[len(left) // 2 :])
        else:
            yield from self.held.fail(indices[0], error, trace)

    def _between_rounds(self, running: RunningStack) -> Iterator[Ended]:
        """Save what is due, and end if that was asked for.

        It is due if it would come too late after one more round as long as the last one.
        """
        now = time.monotonic()
        asked = self.interruption.number is not None
        pause = max(self.policy.save_every, self.saving_s / SAVING_SHARE) if self.policy.save_every else 0
        if asked or now - self.saved_at + (now - self.round_at) + self.saving_s >= pause:
            for index in [index for index in running.rows if index in self.held]:
                yield from self.held.save(index, running.states(index))
                if index not in self.held:
                    running.drop(index)
            self.saved_at = time.monotonic()
            self.saving_s = self.saved_at - now
        self.interruption.check()
