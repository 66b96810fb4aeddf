"""Trains the shares of a sweep through Slurm."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from seqmem.arguments import checked
from seqmem.cluster.board import Board, count_of
from seqmem.cluster.shares import Shares, SharesProgress, choose_count, estimate_seconds, identify
from seqmem.cluster.submit import submit
from seqmem.cluster.watch import Watch, tell_ended
from seqmem.job.checks import check_count, check_number
from seqmem.records.job_arrays import Array, find_queued, write_arrays
from seqmem.records.lock import alone
from seqmem.slurm import cancel, read_config
from seqmem.sweep import HeldError, Sweep
from seqmem.sweep.plan import format_time

PATIENCE_S = 5.0  # for a second Ctrl-C
OWN = (
    "target_minutes",
    "max_tasks",
    "wait",
    "array_parallelism",
    "max_num_timeout",
)  # arguments that are no options of a job


@checked
@dataclass(frozen=True)
class SlurmArrays:
    """Trains one share a task of a job array.

    Args:
        target_minutes: What a share is to take, if no trial ends early: so many shares there are.
        max_tasks: More tasks an array has not, however long they take.
        wait: Whether to wait until all have ended, and show how far they have come.
        array_parallelism: How many tasks may run at a time.
        max_num_timeout: How often a task that has come to its time limit may be requeued.
        timeout_min: A task's time limit, in minutes.
        signal_delay_s: How many seconds before its limit a task is told to save.
        cpus_per_task: Cores of a task.
        mem_gb, mem_per_cpu, mem_per_gpu: Memory of a task.
        gpus_per_node, gpus_per_task, cpus_per_gpu, gres: GPUs of a task.
        partition, account, qos, constraint, exclude, nodelist, exclusive, comment, dependency: As sbatch has them.
        name: Of the job.
        setup, teardown: Lines of the batch script before and after the training.
        additional_parameters: Any other of sbatch's options.
    Raises:
        ValueError: if a number is out of range.
    """

    are_here: ClassVar[bool] = False

    target_minutes: float = 30.0
    max_tasks: int = 50
    wait: bool = True
    array_parallelism: int = 256
    max_num_timeout: int = 100
    timeout_min: int = 60
    signal_delay_s: int = 90
    cpus_per_task: int = 1
    mem_gb: float | None = None
    mem_per_cpu: str | None = None
    mem_per_gpu: str | None = None
    gpus_per_node: int | None = None
    gpus_per_task: int | None = None
    cpus_per_gpu: int | None = None
    gres: str | None = None
    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    exclude: str | None = None
    nodelist: str | None = None
    exclusive: bool | None = None
    comment: str | None = None
    dependency: str | None = None
    name: str = "seqmem"
    setup: Sequence[str] | None = None
    teardown: Sequence[str] | None = None
    additional_parameters: Any = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_number("target_minutes", self.target_minutes, above=0)
        for key in ("max_tasks", "array_parallelism", "timeout_min", "signal_delay_s", "cpus_per_task"):
            check_count(key, getattr(self, key))
        if self.max_num_timeout < 0:
            raise ValueError(f"max_num_timeout must be at least 0, got {self.max_num_timeout}")
        if self.signal_delay_s >= 60 * self.timeout_min:
            raise ValueError(f"signal_delay_s must be less than timeout_min, got {self.signal_delay_s}")
        if not isinstance(self.additional_parameters, Mapping):
            raise ValueError(f"additional_parameters must hold options of sbatch, got {self.additional_parameters}")

    def count_shares(self, sweep: Sweep) -> int:
        """Into how many shares a sweep is cut: as those that wait or run, or else by its cost.

        Raises:
            HeldError: if shares of another sweep wait or run in the same folder.
            SlurmError: if Slurm cannot be asked.
        """
        queued = find_queued(Path(sweep.folder or ""))
        for array in queued:
            if array.sweep != identify(sweep):
                raise HeldError(
                    f"Slurm job {array.job} trains another sweep in {sweep.folder}; wait for its end, or give "
                    f"another folder by hydra.sweep.dir, or cancel it: scancel {array.job}"
                )
        if queued:
            return [*queued][-1].count
        most = int(read_config().get("MaxArraySize", "1001")) - 1  # of the number of a task
        return choose_count(sweep, self.cpus_per_task, self.target_minutes, min(most, self.max_tasks))

    def run(self, sweep: Sweep) -> None:
        """Submit what is left of a sweep and neither waits nor runs already; wait for it, or not.

        Raises:
            JobFailedError: if a job has failed, or a task has ended badly.
            SlurmError: if Slurm does not take the job.
        """
        folder = Path(sweep.folder or "")
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder):  # or two commands could submit the same shares
            shares = Shares(sweep, self.count_shares(sweep))
            queued = find_queued(folder)
            there = {task.number for tasks in queued.values() for task in tasks}
            missing = [number for number in shares.to_do if number not in there]
            ended = tell_ended(sweep)
            submitted = self._submit(shares, missing) if missing else None
            if submitted:
                write_arrays(folder, [*queued, submitted])
        board = Board(SharesProgress(sweep), "array tasks")
        for line in ended:
            board.note(line)
        if submitted or there:
            told = f"{len(missing):,} submitted as Slurm job {submitted.job}" if submitted else "none submitted"
            board.note(
                f"{count_of(shares.count, 'share')}, {len(shares.to_do):,} to do: {len(there):,} in the queue, {told}"
            )
        if submitted and (told := self._describe_long_shares(shares)):
            board.note(told)
        arrays = {array: [task.number for task in tasks] for array, tasks in queued.items()}
        arrays |= {submitted: missing} if submitted else {}
        if not self.wait:
            board.note("the same command shows how far they have come, and submits what is missing then")
            return
        if not arrays:
            board.report([])
            return
        with board:
            try:
                bad = Watch(shares, arrays, board).wait()
            except KeyboardInterrupt:
                self._detach(board, [*arrays], submitted)
        board.report(bad)

    def _describe_long_shares(self, shares: Shares) -> str:
        """A line on shares that take much longer than they were to, since there are no more of them."""
        seconds = estimate_seconds(shares.sweep, self.cpus_per_task) / shares.count
        if shares.count != self.max_tasks or seconds < 2 * 60 * self.target_minutes:
            return ""
        return (
            f"a share takes about {format_time(seconds)} if no trial ends early; "
            f"there are no more of them than hydra.launcher.max_tasks={self.max_tasks}"
        )

    def _submit(self, shares: Shares, numbers: Sequence[int]) -> Array:
        options = {key: getattr(self, key) for key in (item.name for item in fields(self)) if key not in OWN}
        options |= {key: list(options[key]) for key in ("setup", "teardown") if options[key] is not None}
        job = submit(shares, numbers, options, self.array_parallelism, self.max_num_timeout)
        sweep = shares.sweep
        trials = sum(sweep.settings[index].job.trials for index in sweep.jobs)
        cluster = read_config().get("ClusterName", "")
        return Array(cluster, job, shares.count, identify(sweep), tuple(numbers), len(sweep.jobs), trials)

    def _detach(self, board: Board, arrays: Sequence[Array], own: Array | None) -> None:
        """Leave what was submitted to itself, or cancel it, if Ctrl-C comes again."""
        jobs = " ".join(array.job for array in arrays)
        again = f"; Ctrl-C again within {PATIENCE_S:.0f} s cancels job {own.job} now" if own else ""
        board.note(f"Slurm job {jobs} goes on; the same command shows it again, scancel {jobs} cancels it{again}")
        try:
            time.sleep(PATIENCE_S if own else 0)
        except KeyboardInterrupt:
            if own:
                cancel(own.job)
                board.note(f"Slurm job {own.job} was cancelled; what it has saved stays")
        sys.exit(130)
