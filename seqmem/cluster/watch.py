"""Waits for the tasks of job arrays, and tells what has become of them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from seqmem import records
from seqmem.cluster.board import Board
from seqmem.cluster.logs import log_path, read_last_line
from seqmem.cluster.shares import Shares, identify
from seqmem.records.job_arrays import GONE, Array, read_latest_tasks
from seqmem.slurm import SlurmError, Task, read_tasks
from seqmem.sweep import HeldError, Sweep
from seqmem.sweep.locks import Locks

PAUSE_S = 2.0  # between two looks, of which each takes a tenth of the time at most


class Watch:
    """The tasks of a sweep's job arrays, until all have ended.

    Args:
        shares: Of the sweep.
        arrays: Their job arrays, and which of the shares each of them has.
        board: Shows how they stand.
    """

    def __init__(self, shares: Shares, arrays: Mapping[Array, Sequence[int]], board: Board) -> None:
        self.shares = shares
        self.arrays = arrays
        self.board = board
        self.progress = board.progress
        self.ended: set[tuple[Array, int]] = set()
        self.seen: set[tuple[Array, int]] = set()  # to have ended, when they were looked at last
        self.bad: list[str] = []

    def wait(self) -> list[str]:
        """Wait for the end of all tasks; returns a line on each that has ended badly."""
        settled = False
        while not settled:
            began = time.monotonic()
            try:
                tasks = [(array, task) for array in self.arrays for task in _list_tasks(array, self.arrays[array])]
            except SlurmError as error:  # it may be back in a moment
                self.board.show([("unknown", str(error))])
            else:
                self.board.show(task.standing for _, task in tasks)
                settled = self._settle(tasks)
            if not settled:
                time.sleep(max(PAUSE_S, 9 * (time.monotonic() - began)))
        self.board.progress.look()
        return self.bad

    def _settle(self, tasks: Sequence[tuple[Array, Task]]) -> bool:
        """Take note of tasks that have ended, once they are seen to twice: a requeued one ends for a moment."""
        ended = {(array, task.number): task for array, task in tasks if not task.is_in_queue}
        for key in sorted(ended.keys() - self.ended, key=lambda key: key[1]):
            if key in self.seen:
                self.ended.add(key)
                self._judge(key[0], ended[key])
        self.seen = set(ended)
        return len(self.ended) == len(tasks)

    def _judge(self, array: Array, task: Task) -> None:
        """Tell what has become of a task, if it ended badly: on the screen and in the results of its jobs."""
        if self.progress.is_left(self.shares.jobs[task.number]):  # else the jobs tell what they failed of
            self.bad.append(_describe_end(self.shares.sweep, array, task))
            _record_end(self.shares, task)


def _list_tasks(array: Array, numbers: Sequence[int]) -> list[Task]:
    """Tasks of an array, those as well that Slurm has forgotten."""
    known = {task.number: task for task in read_tasks(array.job)}
    return [
        known.get(number, Task(number, GONE, "cancelled while it waited, or forgotten by Slurm")) for number in numbers
    ]


def tell_ended(sweep: Sweep) -> list[str]:
    """Tell what has become of tasks that ended badly while no command waited for them; those of this sweep only.

    Returns:
        A line on each task in whose jobs' results the reason has been written now.
    Raises:
        SlurmError: if Slurm cannot be asked.
    """
    same = identify(sweep)
    cuts: dict[int, Shares] = {}
    lines = []
    for array, task in read_latest_tasks(sweep.folder or Path()):
        if array.sweep != same or task.is_in_queue or task.state in ("COMPLETED", GONE):
            continue
        if array.count not in cuts:
            cuts[array.count] = Shares(sweep, array.count)
        if task.number in cuts[array.count].to_do and _record_end(cuts[array.count], task):
            lines.append(_describe_end(sweep, array, task))
    return lines


def _describe_end(sweep: Sweep, array: Array, task: Task) -> str:
    line = f"{array.name_share(task)} ended: {_say_why(task)}"
    if task.state != "FAILED":
        return line
    return f"{line}, exit code {task.code}: {read_last_line(log_path(sweep.folder, f'{array.job}_{task.number}'))}"


def _say_why(task: Task) -> str:
    return f"{task.state}{f' ({task.reason})' if task.reason else ''}"


def _record_end(shares: Shares, task: Task) -> bool:
    """Write into the results of a task's jobs why it has ended; returns whether that is new in one of them."""
    folders = [shares.sweep.settings[index].folder for index in shares.jobs[task.number]]
    return sum(record_reason(folder, f"Slurm ended it: {_say_why(task)}") for folder in folders) > 0


def record_reason(folder: Path, reason: str) -> bool:
    """Write into the result of a job that was under way why it has ended; not, if it says so or is at work again."""
    try:
        with Locks() as locks, contextlib.suppress(OSError, HeldError):
            if not _is_to_say(records.read_result(folder), reason):
                return False
            locks.take([folder])
            result = records.read_result(folder)
            if _is_to_say(result, reason):
                records.write_result(folder, replace(result, status="interrupted", error=reason))
                return True
    except records.RecordError:  # it had not begun
        pass
    return False


def _is_to_say(result: records.Result, reason: str) -> bool:
    return result.status == "running" or (result.status == "interrupted" and result.error != reason)
