"""What Slurm knows, asked by its own commands: which job this process is of, and what has become of others."""

from __future__ import annotations

import functools
import math
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

PATIENCE_S = 30.0  # for an answer
FRESH_S = 5.0  # that an answer on the queue is taken for true
UNKNOWN = "Invalid job id specified"
# States of tasks that have not ended yet; a requeued one waits again.
WAITING = ("PENDING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT", "CONFIGURING", "RESV_DEL_HOLD")
AT_WORK = ("RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING")

_answers: dict[str, tuple[float, bool | None]] = {}  # by job: when Slurm was asked whether it is in the queue


class SlurmError(RuntimeError):
    """Slurm cannot be asked, or says no; the message is its own."""


@dataclass(frozen=True)
class Allocation:
    """The Slurm job that a process runs in.

    cluster: Name of the cluster.
    job: Number of the job; of an array's task the array's, and which task: 40_3.
    restarts: How often it had been requeued.
    """

    cluster: str
    job: str
    restarts: int = 0


@dataclass(frozen=True)
class Task:
    """A task of a job array.

    number: In the array.
    state: As Slurm calls it, such as RUNNING.
    reason: Why it waits, or why it ended, in Slurm's words; None if it gives none.
    code: The exit code of its script.
    """

    number: int
    state: str
    reason: str | None = None
    code: int = 0

    @property
    def is_in_queue(self) -> bool:
        return self.state in WAITING or self.state in AT_WORK

    @property
    def standing(self) -> tuple[str, str]:
        """How it stands in one word: `running`, `waiting`, `done`, or as Slurm says it; and Slurm's reason."""
        if self.state in AT_WORK:
            return "running", ""
        if self.is_in_queue:
            return "waiting", self.reason or ""
        return ("done", "") if self.state == "COMPLETED" else (self.state, self.reason or "")


def read_allocation() -> Allocation | None:
    """The Slurm job that this process runs in; None if it runs in none."""
    job, restarts = os.environ.get("SLURM_JOB_ID", ""), os.environ.get("SLURM_RESTART_COUNT", "0")
    if not job.isdigit():
        return None
    array, task = os.environ.get("SLURM_ARRAY_JOB_ID", ""), os.environ.get("SLURM_ARRAY_TASK_ID", "")
    if array.isdigit() and task.isdigit():  # the own number of the last task is that of the whole array
        job = f"{array}_{task}"
    return Allocation(os.environ.get("SLURM_CLUSTER_NAME", ""), job, int(restarts) if restarts.isdigit() else 0)


def was_requeued(allocation: Allocation) -> bool:
    """Whether this process runs in a later start of the same Slurm job: what ran in the earlier one is to be gone."""
    own = read_allocation()
    same = own is not None and (own.cluster, own.job) == (allocation.cluster, allocation.job)
    return own is not None and same and allocation.restarts < own.restarts


def has_left_queue(allocation: Allocation) -> bool:
    """Whether a Slurm job is surely no longer in the queue; False if nobody here can tell."""
    when, answer = _answers.get(allocation.job, (-math.inf, None))
    if time.monotonic() - when > FRESH_S:
        answer = _is_in_queue(allocation)
        _answers[allocation.job] = time.monotonic(), answer
    return answer is False


def _is_in_queue(allocation: Allocation) -> bool | None:
    try:
        if read_config().get("ClusterName", "") != allocation.cluster:
            return None
        return bool(ask("squeue", "--noheader", f"--jobs={allocation.job}", "--format=%T").strip())
    except SlurmError as error:
        return False if UNKNOWN in str(error) else None


@functools.cache
def read_config() -> dict[str, str]:
    """Slurm's own settings, such as ClusterName and MaxArraySize.

    Raises:
        SlurmError: if there is no Slurm here.
    """
    lines = (line.partition("=") for line in ask("scontrol", "show", "config").splitlines())
    return {key.strip(): value.strip() for key, _, value in lines if value}


def read_tasks(array: str) -> list[Task]:
    """The tasks of a job array, as far as Slurm remembers them, in their order.

    Args:
        array: Number of the array's job.
    Raises:
        SlurmError: if Slurm cannot be asked.
    """
    try:
        answer = ask("scontrol", "--oneliner", "show", "job", array)
    except SlurmError as error:
        if UNKNOWN in str(error):
            return []
        raise
    return sorted((task for line in answer.splitlines() for task in _read_line(line)), key=lambda task: task.number)


def _read_line(line: str) -> Iterator[Task]:
    """The tasks that a line of `scontrol --oneliner show job` is about: one, or several that wait."""
    values = dict(re.findall(r"(\w+)=(\S*)", line.partition(" Command=")[0]))
    numbers = values.get("ArrayTaskId", "").partition("%")[0]
    reason = values.get("Reason")
    code, _, signal = values.get("ExitCode", "0:0").partition(":")
    for part in filter(None, numbers.split(",")):
        first, _, last = part.partition("-")
        for number in range(int(first), int(last or first) + 1):
            yield Task(
                number,
                values.get("JobState", "UNKNOWN"),
                None if reason in ("None", "(null)") else reason,
                int(code) or _count(signal),
            )


def _count(signal: str) -> int:
    """The exit code of a script that a signal has ended."""
    return 128 + int(signal) if signal not in ("", "0") else 0


def read_accounts(array: str) -> list[Task]:
    """The tasks of a job array that Slurm's accounting knows to have ended; none where it keeps none."""
    columns = ("sacct", "--noheader", "--parsable2", "--allocations", "--format=JobID,State,ExitCode")
    try:
        answer = ask(*columns, "--jobs", array)
    except SlurmError:
        return []
    found = re.findall(rf"^{re.escape(array)}_(\d+)\|(\w+)[^|]*\|(\d+):(\d+)$", answer, re.MULTILINE)
    tasks = [Task(int(number), state, None, int(code) or _count(signal)) for number, state, code, signal in found]
    return [task for task in tasks if not task.is_in_queue]


def cancel(array: str) -> None:
    """Cancel what is left of a job array.

    Raises:
        SlurmError: if Slurm says no.
    """
    ask("scancel", array)


def ask(*command: str) -> str:
    """Run one of Slurm's commands; returns what it prints.

    Raises:
        SlurmError: if there is no such command here, it fails, or does not answer.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SQUEUE_")}
    try:
        finished = subprocess.run(  # noqa: S603
            command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except OSError as error:
        raise SlurmError(f"{command[0]} cannot be run here: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise SlurmError(f"{command[0]} did not answer within {PATIENCE_S:.0f} s") from None
    if finished.returncode:
        raise SlurmError(f"{command[0]} failed: {' '.join(finished.stderr.split()) or finished.returncode}")
    return finished.stdout
