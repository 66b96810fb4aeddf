"""How far the jobs of a sweep have come, from their folders; what has not changed is not read again."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from multirun_analysis.frames.jobs import JobFolder, read_job
from multirun_analysis.frames.settings import format_value
from multirun_analysis.watching.queue import Queue, QueueState
from seqmem import records
from seqmem.records import RecordError

FILES = (records.RESULT, records.TRIALS, records.STATE)
Stamp = tuple[int, int]  # when a file changed last, in nanoseconds, and its size


@dataclass(frozen=True)
class JobProgress:
    """How far one job has come.

    group: Names of its task and model.
    status: As in its result.json.
    planned: Trials that it is to have.
    ended: Trials that are done or diverged.
    work: Trials that ended, and of each of the others the share of its budget that it was last seen to have used.
    before: The work that was there when the job was begun or taken up.
    since: When it was begun, taken up or ended, in seconds.
    """

    group: tuple[str, str]
    status: records.JobStatus
    planned: int
    ended: int
    solved: int
    diverged: int
    work: float
    before: float
    since: float


@dataclass(frozen=True)
class SweepProgress:
    """How far a sweep has come.

    jobs: Those that can be read.
    damaged: A line on each of the others.
    at: When that was, in seconds.
    left_behind: How many jobs are said to be running, but their process is gone.
    unbegun: Jobs that were submitted to Slurm and have no folder yet.
    owed: Trials of these.
    queue: How the array tasks stand that were submitted.
    """

    jobs: list[JobProgress]
    damaged: list[str]
    at: float
    left_behind: int
    unbegun: int = 0
    owed: int = 0
    queue: QueueState = field(default_factory=QueueState)

    def count(self, *statuses: str) -> int:
        return sum(job.status in statuses for job in self.jobs)

    @property
    def is_under_way(self) -> bool:
        """Whether anything runs, waits in the queue, or may: nothing may be submitted yet, or Slurm be elsewhere."""
        if self.queue.is_at_work:
            return True
        if running := self.count("running"):  # those that a task has left behind wait for the next command
            return self.queue.is_empty or bool(self.queue.unknown) or running > self.left_behind
        unknown = self.queue.unknown and (self.unbegun or self.count("interrupted"))
        return bool(unknown or (not self.jobs and self.queue.is_empty))

    @property
    def seconds_left(self) -> float | None:
        """How long running jobs, and those that were not begun, will take at the pace so far; None while there is none.

        The pace is that since the first running one was begun, trials that have ended and the
        shares of their budgets that others have used together.
        """
        running = [job for job in self.jobs if job.status == "running"]
        start = min((job.since for job in running), default=self.at)
        work = sum(job.work - job.before for job in self.jobs if job.status == "running" or job.since >= start)
        left = sum(max(0.0, job.planned - job.work) for job in running) + self.owed
        return left * max(0.0, self.at - start) / work if work > 0 else None


class Follower:
    """Looks at the jobs in some folders, which need not exist yet.

    Args:
        folders: Sweeps, or single jobs.
        clock: The time of day, in seconds.
    """

    def __init__(self, folders: Sequence[Path], clock: Callable[[], float] = time.time) -> None:
        self.folders = folders
        self.clock = clock
        self.known: dict[Path, tuple[list[Stamp | None], JobProgress]] = {}
        self.queue = Queue(clock)

    def look(self) -> SweepProgress:
        """How far the jobs have come by now."""
        jobs, damaged, left_behind = [], [], 0
        begun: dict[Path, list[int]] = {}  # planned trials of the jobs in a folder
        for path in dict.fromkeys(path for folder in self.folders for path in records.find_jobs(folder)):
            stamps = [_stamp(path / name) for name in FILES]
            if path not in self.known or self.known[path][0] != stamps:
                before = self.known[path][1] if path in self.known else None
                try:
                    self.known[path] = stamps, _measure(read_job(path), before, stamps)
                except RecordError as error:
                    damaged.append(str(error))
                    continue
            jobs.append(self.known[path][1])
            begun.setdefault(path.parent, []).append(jobs[-1].planned)
            left_behind += jobs[-1].status == "running" and records.is_left_behind(path)
        queue = self.queue.look([*self.folders, *begun])
        unbegun = {folder: max(0, count - len(begun.get(folder, ()))) for folder, count in queue.settings.items()}
        owed = sum(
            max(0, queue.trials[folder] - sum(begun.get(folder, ()))) for folder, count in unbegun.items() if count
        )
        return SweepProgress(jobs, damaged, self.clock(), left_behind, sum(unbegun.values()), owed, queue)


def _measure(job: JobFolder, known: JobProgress | None, stamps: Sequence[Stamp | None]) -> JobProgress:
    """What a job's files say, written at the times that `stamps` tell, as FILES."""
    result, trials, state = [stamp[0] / 1e9 if stamp else 0.0 for stamp in stamps]
    ended = [trial for trial in job.trials if trial.status in ("done", "diverged")]
    work = len(ended) + (_sum_shares(job, {trial.seed for trial in ended}) if state else 0.0)
    before = known.before if known is not None else 0.0
    if job.result.status == "running" and (known is None or known.status != "running"):  # begun, or taken up
        before = work if max(trials, state) < result else 0.0
    return JobProgress(
        group=(format_value(job.config["task.name"]), format_value(job.config["model.name"])),
        status=job.result.status,
        planned=len(job.planned_seeds),
        ended=len(ended),
        solved=sum(trial.solved for trial in ended),
        diverged=sum(trial.status == "diverged" for trial in ended),
        work=work,
        before=before,
        since=result,
    )


def _sum_shares(job: JobFolder, ended: Collection[int]) -> float:
    """The shares of their budgets that trials had used when their states were saved, added up."""
    batch_size, budget = (job.config.get(key) for key in ("batch_size", "max_sequences"))
    if not isinstance(batch_size, int) or not isinstance(budget, int | float) or budget <= 0:
        return 0.0
    try:
        steps = records.read_steps(job.folder)
    except RecordError:  # of no one's concern but that of who takes the job up
        return 0.0
    return sum(min(1.0, count * batch_size / budget) for seed, count in steps.items() if seed not in ended)


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
