"""Waits for the tasks of job arrays, and tells what has become of them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from seqmem import records
from seqmem.cluster.arrays import Array
from seqmem.cluster.board import Board, State
from seqmem.cluster.logs import log_path, read_last_line
from seqmem.cluster.shares import Shares
from seqmem.slurm import AT_WORK, SlurmError, Task, read_tasks
from seqmem.sweep import HeldError
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
                self.board.show(_describe(task) for _, task in tasks)
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
        if not self.progress.is_left(self.shares.jobs[task.number]):  # the jobs tell what they failed of
            return
        why = f"{task.state}{f' ({task.reason})' if task.reason else ''}"
        line = f"{array.name_share(task)} ended: {why}"
        if task.state == "FAILED":
            path = log_path(self.shares.sweep.folder, f"{array.job}_{task.number}")
            line += f", exit code {task.code}: {read_last_line(path)}"
        self.bad.append(line)
        for index in self.shares.jobs[task.number]:
            record_reason(self.shares.sweep.settings[index].folder, f"Slurm ended it: {why}")


def _list_tasks(array: Array, numbers: Sequence[int]) -> list[Task]:
    """Tasks of an array, those as well that Slurm has forgotten."""
    known = {task.number: task for task in read_tasks(array.job)}
    return [
        known.get(number, Task(number, "GONE", "cancelled while it waited, or forgotten by Slurm"))
        for number in numbers
    ]


def record_reason(folder: Path, reason: str) -> None:
    """Write into the result of a job that was under way why it has ended; nothing, if it is at work again."""
    try:
        with Locks() as locks, contextlib.suppress(OSError, HeldError):
            if records.read_result(folder).status not in ("running", "interrupted"):
                return
            locks.take([folder])
            result = records.read_result(folder)
            if result.status in ("running", "interrupted"):
                records.write_result(folder, replace(result, status="interrupted", error=reason))
    except records.RecordError:  # it had not begun
        return


def _describe(task: Task) -> State:
    if task.state in AT_WORK:
        return "running", ""
    if task.is_in_queue:
        return "waiting", task.reason or ""
    return ("done", "") if task.state == "COMPLETED" else (task.state, task.reason or "")
