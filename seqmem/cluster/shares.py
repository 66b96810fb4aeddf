"""A sweep that is cut into shares: which of them have anything to do, and what trains one."""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from seqmem import records
from seqmem.records.provenance import read_typed_arguments
from seqmem.records.result import RESULT
from seqmem.sweep import Sweep, cut

SET_HERE = "HYDRA_FULL_ERROR"  # by `seqmem.train`, which wants to see errors; no share is to inherit it


class Shares:
    """The shares of a sweep.

    Args:
        sweep: All of it.
        count: How many shares.

    Attributes:
        jobs: By a share's number the indices of its jobs.
    """

    def __init__(self, sweep: Sweep, count: int) -> None:
        self.sweep = sweep
        self.count = count
        numbered = enumerate(cut(sweep.settings, count), start=1)
        self.jobs = {number: [index for index in share if index in sweep.jobs] for number, share in numbered}

    @cached_property
    def to_do(self) -> list[int]:
        """Numbers of the shares that have trials to be trained."""
        left = set(self.sweep.to_do)
        return [number for number, jobs in self.jobs.items() if not left.isdisjoint(jobs)]

    def command(self, number: int | str, cores: int) -> list[str]:
        """The command line that trains a share: the one that was typed, and which share.

        Args:
            number: Of the share, or what a shell reads as one.
            cores: To train it on, unless the command line has `threads`.
        """
        typed = read_typed_arguments()
        threads = [] if any(argument.startswith("threads=") for argument in typed) else [f"threads={cores}"]
        return [sys.executable, "-m", "seqmem.train", *typed, *threads, f"shard={number}/{self.count}"]


def identify(sweep: Sweep) -> str:
    """What a sweep's cut depends on: all its settings."""
    names = sorted({f"{setting.fingerprint} {setting.job.seed} {setting.job.trials}" for setting in sweep.settings})
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def estimate_seconds(sweep: Sweep, cores: int) -> float:
    """How long a sweep takes on so many cores if no trial ends early, whatever is done of it already."""
    settings = [sweep.settings[index] for index in sweep.jobs]
    return sum(
        replace(setting.choice.engine, threads=cores).estimate_seconds(setting.job, setting.job.trials)
        for setting in settings
    )


def choose_count(sweep: Sweep, cores: int, target_minutes: float, most: int) -> int:
    """How many shares of about so many minutes a sweep makes, whatever is done of it already.

    Args:
        sweep: The sweep.
        cores: That a share is trained on.
        target_minutes: What a share is to take, if no trial ends early.
        most: More there cannot be; nor are there more than jobs.
    """
    wanted = math.ceil(estimate_seconds(sweep, cores) / (60 * target_minutes))
    return max(1, min(wanted, len(sweep.jobs), most))


class SharesProgress:
    """How far a sweep has come that other processes train, seen from its folder.

    Attributes:
        settings: Jobs that have ended, of `total_settings`.
        trials: Trials that have ended, of `total_trials`.
        solved: Trials that have solved their task.
        failed: What jobs have failed of, by their folders.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.left = sweep.to_do
        self.seen = {index: _mark(sweep.settings[index].folder / RESULT) for index in self.left}
        ended = {index: found for index, found in sweep.existing.items() if found.is_settled}
        self.failed = {
            sweep.settings[index].folder: found.error for index, found in ended.items() if found.status != "done"
        }
        self.total_settings = len(sweep.jobs)
        self.total_trials = sum(sweep.settings[index].job.trials for index in sweep.jobs)
        self._done = {index: (found.num_ended, sum(t.solved for t in found.trials)) for index, found in ended.items()}
        self._begun: Mapping[int, tuple[int, int]] = {}

    @property
    def settings(self) -> int:
        return len(self._done)

    @property
    def trials(self) -> int:
        return sum(ended for ended, _ in [*self._done.values(), *self._begun.values()])

    @property
    def solved(self) -> int:
        return sum(solved for _, solved in [*self._done.values(), *self._begun.values()])

    def is_left(self, jobs: Iterable[int]) -> bool:
        """Whether one of some jobs has not ended."""
        return not set(jobs).isdisjoint(self.left)

    def look(self) -> None:
        """See what has ended since."""
        self._begun = {index: counts for index in self.left if (counts := self._read(index))}
        self.left = [index for index in self.left if index not in self._done]

    def _read(self, index: int) -> tuple[int, int] | None:
        """How many of a job's trials have ended and how many are solved; None if it has ended, or not begun."""
        folder = self.sweep.settings[index].folder
        if _mark(folder / RESULT) == self.seen[index]:  # what was there before
            return None
        try:
            result = records.read_result(folder)
            if result.status == "running":
                trials = records.read_trials(folder) if (folder / records.TRIALS).exists() else []
                return len(trials), sum(trial.solved for trial in trials)
        except records.RecordError:
            return None
        if result.status == "failed":
            self.failed[folder] = result.error or ""
            self._done[index] = 0, 0
        elif result.status == "done":
            self._done[index] = int(result.summary["trials"] or 0), int(result.summary["solved"] or 0)
        return None


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
