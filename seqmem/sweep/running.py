"""Runs a sweep: skips what is done, goes on with what was interrupted, and says how every job ends."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence

from seqmem import records
from seqmem.records.summary import compute_objective
from seqmem.sweep.display import Display
from seqmem.sweep.held_job import HeldJob
from seqmem.sweep.held_jobs import Ended, HeldJobs
from seqmem.sweep.interruption import Interruption
from seqmem.sweep.locks import HeldError, Locks
from seqmem.sweep.setting import Setting
from seqmem.sweep.stack_training import StackTraining
from seqmem.sweep.stacks import make_stacks
from seqmem.sweep.sweep import Sweep
from seqmem.training.outcome import TrialResult


class JobFailedError(RuntimeError):
    """A job that failed, and has said so already."""


class FailedBeforeError(JobFailedError):
    """A job that failed in an earlier run, and was left alone."""


def run_sweep(sweep: Sweep, display: Display) -> Generator[tuple[int, float | Exception], None, None]:
    """Train all that a sweep has to do.

    Yields:
        Each setting's index and its objective, or the error that it ended with, as soon as its
        files are written.
    Raises:
        HeldError: before anything is trained, if another process is at work in one of the folders.
        Stopped: if the process was asked to end, as by Ctrl-C; what is under way has been saved.
    """
    with contextlib.closing(_run(sweep, display)) as jobs:
        for job, outcome in jobs:
            for index in sweep.jobs[job]:
                yield index, _answer(sweep.settings[index], outcome)


def _answer(setting: Setting, outcome: Sequence[TrialResult] | Exception) -> float | Exception:
    """A setting's objective over its own trials, or what it failed of."""
    if isinstance(outcome, Exception):
        return outcome
    own = [trial for trial in outcome if trial.seed in setting.job.seeds]
    return compute_objective(setting.objective, setting.job, own)


def _run(sweep: Sweep, display: Display) -> Generator[Ended, None, None]:
    """Yields each job's index, and its trials or the error that it ended with."""
    with Locks(sweep.policy.take_over) as locks, Interruption() as interruption:
        held = HeldJobs(sweep.settings, locks, display)
        try:
            _begin(sweep, held)  # before a word is said: the folder may be read-only, or another process at work in it
            display.start(sweep)
            for line in (*sweep.describe_changes(), *sweep.describe_missing_curves()):
                display.note(line)
            if len(sweep.jobs) > 1:
                for line in sweep.describe_other_jobs():
                    display.note(line)
            for index in sweep.jobs:
                if index not in held:
                    yield index, _settle(sweep, index, locks)
            training = StackTraining(held, display, sweep.policy, interruption)
            jobs = {index: sweep.settings[index].job for index in sweep.jobs}
            engines = {index: sweep.settings[index].choice.engine for index in sweep.jobs}
            while held.jobs:
                interruption.check()
                for index, outcome in training.train(make_stacks(jobs, engines, training.room.order(held.jobs))[0]):
                    _show(display, sweep.settings[index], outcome)
                    yield index, outcome
        except BaseException:
            held.interrupt()
            raise
        finally:
            display.stop()


def _begin(sweep: Sweep, held: HeldJobs) -> None:
    """Lock what is to be done, and take it up."""
    to_do = sweep.to_do
    held.locks.take(sweep.settings[index].folder for index in sweep.track(to_do, len(to_do), "folders locked"))
    for index in sweep.track(to_do, len(to_do), "jobs taken up"):
        existing = sweep.look_again(index)
        if existing.is_settled:  # another process has ended it since
            held.locks.release(sweep.settings[index].folder)
        else:
            held.add(index, HeldJob(sweep.settings[index], existing))


def _settle(sweep: Sweep, index: int, locks: Locks) -> list[TrialResult] | Exception:
    """What a job that is left as it is has come to; clears up behind a process that was killed at the last moment."""
    existing, folder = sweep.existing[index], sweep.settings[index].folder
    if existing.status != "done":
        return FailedBeforeError(existing.error)
    if (folder / records.LOCK).exists() or (folder / records.STATE).exists():
        with contextlib.suppress(OSError, HeldError):
            locks.take([folder])
            (folder / records.STATE).unlink(missing_ok=True)
            locks.release(folder)
    return existing.trials


def _show(display: Display, setting: Setting, outcome: list[TrialResult] | Exception) -> None:
    if isinstance(outcome, Exception):
        display.job_failed(setting, outcome)
    else:
        display.job_done(setting, outcome)
