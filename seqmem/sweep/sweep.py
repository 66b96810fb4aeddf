"""A sweep: its folder, its settings, and what is left to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from seqmem import records
from seqmem.records.tensorboard import FOLDER
from seqmem.sweep.existing import Existing, find_existing
from seqmem.sweep.other_jobs import describe_changes, describe_other_jobs
from seqmem.sweep.policy import Policy
from seqmem.sweep.reuse import index_folders
from seqmem.sweep.setting import Setting

Mark = tuple[int, int] | None
Track = Callable[[Iterable[int], int, str], Iterable[int]]


def _go_through(items: Iterable[int], total: int, what: str) -> Iterable[int]:
    return items


class Sweep:
    """The settings of a sweep beside what its folder holds of them already.

    Settings that share a folder are one job: it is trained once, with the most trials that any of
    them asks for, and answers for all of them.

    Args:
        folder: Where the settings' folders lie; None if nothing is read or kept.
        settings: At least one.
        policy: What to do about what is there.
        track: Goes through so many items, and shows how far it has come with what they are.
        is_first: Whether no other batch of the same sweep has come before.
    Raises:
        ConflictError: if a folder holds results of another config or version.

    Attributes:
        jobs: For each job, by the index of the setting with the most trials, the indices of all its settings.
        existing: What is there of each job.
    """

    def __init__(
        self,
        folder: Path | None,
        settings: Sequence[Setting],
        policy: Policy | None = None,
        track: Track = _go_through,
        is_first: bool = True,
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.policy = policy or Policy()
        self.track = track
        self.is_first = is_first
        self.jobs = _find_jobs(settings)
        self._folders = index_folders(folder) if folder else {}
        self._marks = {index: _mark(settings[index]) for index in self.jobs}
        indices = track(self.jobs, len(self.jobs), "folders looked into")
        self.existing = {
            index: find_existing(settings[index], self.policy.retry, self._folders) if folder else Existing("new")
            for index in indices
        }

    @property
    def to_do(self) -> list[int]:
        """Jobs that have trials to be trained."""
        return [index for index in self.jobs if not self.existing[index].is_settled]

    def look_again(self, index: int) -> Existing:
        """See anew what is there of a job, now that it is locked: another process may have ended it since."""
        setting = self.settings[index]
        untouched = self._marks[index] == _mark(setting)
        self.existing[index] = find_existing(setting, self.policy.retry if untouched else "none", self._folders)
        return self.existing[index]

    def describe_other_jobs(self) -> list[str]:
        """A line on the jobs of the folder that are not of this sweep, if there are any; of later batches none."""
        own = [self.settings[index] for index in self.jobs]
        return describe_other_jobs(self.folder, own) if self.folder and self.is_first else []

    def describe_changes(self) -> list[str]:
        """A line on each source of a cell or a task that has changed since jobs of the folder were trained with it."""
        own = [self.settings[index] for index in self.to_do]
        return describe_changes(self.folder, own) if self.folder else []

    def describe_missing_curves(self) -> list[str]:
        """A line on trials that TensorBoard will not show, though it is asked for: they have ended without it."""
        if not self.policy.tensorboard:
            return []
        count = sum(
            existing.num_ended
            for index, existing in self.existing.items()
            if not (self.settings[index].folder / FOLDER).is_dir()
        )
        if not count:
            return []
        trials = "1 trial that" if count == 1 else f"{count:,} trials that"
        return [f"tensorboard=true cannot add curves of the {trials} ended without it; retry=all trains them again"]


def _find_jobs(settings: Sequence[Setting]) -> dict[int, list[int]]:
    by_folder: dict[Path, list[int]] = {}
    for index, setting in enumerate(settings):
        by_folder.setdefault(setting.folder, []).append(index)
    return {max(indices, key=lambda index: settings[index].job.trials): indices for indices in by_folder.values()}


def _mark(setting: Setting) -> Mark:
    """What changes whenever a setting's result is written."""
    try:
        status = (setting.folder / records.RESULT).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
