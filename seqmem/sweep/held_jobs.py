"""The jobs of a sweep that this process trains: their locks, their files, and how each of them ends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence

from seqmem import records
from seqmem.sweep.display import Display
from seqmem.sweep.failure import describe_failure
from seqmem.sweep.held_job import HeldJob
from seqmem.sweep.locks import HeldError, Locks
from seqmem.sweep.setting import Setting
from seqmem.training.outcome import TrialResult

Ended = tuple[int, list[TrialResult] | Exception]  # a job's index, and its trials or what it failed of


class HeldJobs:
    """Jobs by the index of their setting in the sweep; one that ends, or is lost, is held no more.

    Args:
        settings: Of the sweep.
        locks: Of their folders.
        display: Is told of files that cannot be read.
    """

    def __init__(self, settings: Sequence[Setting], locks: Locks, display: Display) -> None:
        self.settings = settings
        self.locks = locks
        self.display = display
        self.jobs: dict[int, HeldJob] = {}

    def __contains__(self, index: int) -> bool:
        return index in self.jobs

    def __getitem__(self, index: int) -> HeldJob:
        return self.jobs[index]

    def add(self, index: int, job: HeldJob) -> None:
        """Hold a job whose lock was taken."""
        self.jobs[index] = job
        for path in job.aside:
            self.display.note(f"{path} could not be read; the file is kept, and the job is retrained")

    def save(self, index: int, states: Mapping[int, records.State]) -> Iterator[Ended]:
        """Write what a job needs to go on; yields it if it fails of that."""
        if not self._is_held(index):
            yield self._lose(index)
            return
        try:
            self.jobs[index].save(states)
        except records.RecordError as error:
            yield from self.fail(index, *describe_failure(error))

    def finish(self, indices: Sequence[int]) -> Iterator[Ended]:
        """Write those jobs whose trials have all ended; yields them."""
        for index in [index for index in indices if index in self.jobs and not self.jobs[index].remaining]:
            if not self._is_held(index):
                yield self._lose(index)
                continue
            try:
                trials = self.jobs[index].finish()
            except records.RecordError as error:
                yield from self.fail(index, *describe_failure(error))
                continue
            self._let_go(index)
            yield index, trials

    def fail(self, index: int, error: Exception, trace: str) -> Iterator[Ended]:
        """Write what a job failed of; yields it."""
        if not self._is_held(index):
            yield self._lose(index)
            return
        self.jobs[index].fail(error, trace)
        self._let_go(index)
        yield index, error

    def interrupt(self) -> None:
        """Mark all jobs that are left as interrupted, whatever goes wrong with some of them."""
        for index, job in self.jobs.items():
            with contextlib.suppress(OSError):
                if self._is_held(index):
                    job.interrupt()

    def _is_held(self, index: int) -> bool:
        return self.locks.check(self.settings[index].folder)

    def _lose(self, index: int) -> Ended:
        """Leave a job to the process that was told to take it over."""
        del self.jobs[index]
        return index, HeldError(f"{self.settings[index].folder} was taken over by another process")

    def _let_go(self, index: int) -> None:
        del self.jobs[index]
        self.locks.release(self.settings[index].folder)
