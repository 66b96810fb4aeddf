"""Trains the shares of a sweep in processes of this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from seqmem.arguments import checked
from seqmem.cluster.board import Board, State, count_of
from seqmem.cluster.logs import log_path, read_last_line
from seqmem.cluster.shares import SET_HERE, Shares, SharesProgress
from seqmem.job.checks import check_count
from seqmem.machine import count_cores
from seqmem.sweep import Sweep
from seqmem.sweep.interruption import Interruption
from seqmem.sweep.shards import MOST_SHARDS

PAUSE_S = 0.2  # between two looks, of which each takes a tenth of the time at most


@checked
@dataclass(frozen=True)
class LocalProcesses:
    """Trains one share a process.

    Args:
        processes: How many; None for as many as there are cores for.
        cpus_per_process: Cores of each, unless the command line has `threads`.
        gpus: How many GPUs there are, of which process k gets number k, from 0 on; None to leave that open.
    Raises:
        ValueError: if a number is below 1.
    """

    are_here: ClassVar[bool] = True

    processes: int | None = None
    cpus_per_process: int = 1
    gpus: int | None = None

    def __post_init__(self) -> None:
        for key in ("processes", "cpus_per_process", "gpus"):
            if (value := getattr(self, key)) is not None:
                check_count(key, value, MOST_SHARDS)

    def count_shares(self, sweep: Sweep) -> int:
        """How many shares a sweep is cut into."""
        most = self.processes or self.gpus or max(1, count_cores() // self.cpus_per_process)
        return min(most, len(sweep.jobs))

    def run(self, sweep: Sweep) -> None:
        """Train what is left of a sweep, and wait for it.

        Raises:
            JobFailedError: if a job has failed, or a process has ended badly.
            Stopped: if this process was asked to end; the others have been, too, and have saved.
        """
        shares, progress = Shares(sweep, self.count_shares(sweep)), SharesProgress(sweep)
        bad: list[str] = []
        with Board(progress, "processes") as board, Interruption() as interruption:
            if shares.to_do:
                total = count_of(shares.count, "share")
                board.note(f"{len(shares.to_do)} of {total} to do, each in a process of its own")
            with _start(shares, self.cpus_per_process, self.gpus) as running:
                told = False
                while any(process.poll() is None for process in running.values()):
                    if interruption.number is not None and not told:
                        told = True
                        _tell(running, interruption.number)
                    began = time.monotonic()
                    board.show(_describe(process) for process in running.values())
                    time.sleep(max(PAUSE_S, 9 * (time.monotonic() - began)))
            interruption.check()
            progress.look()
            for number, process in running.items():
                if progress.is_left(shares.jobs[number]):  # others tell what they failed of
                    line = read_last_line(log_path(sweep.folder, str(number)))
                    bad.append(f"share {number}/{shares.count} ended with exit code {process.returncode}: {line}")
            board.report(bad)


@contextlib.contextmanager
def _start(shares: Shares, cores: int, gpus: int | None) -> Iterator[Mapping[int, subprocess.Popen[bytes]]]:
    """Start a process for each share that has anything to do; on an error they are asked to end, too."""
    running: dict[int, subprocess.Popen[bytes]] = {}
    try:
        for number in shares.to_do:
            path = log_path(shares.sweep.folder, str(number))
            path.parent.mkdir(parents=True, exist_ok=True)
            environment = {key: value for key, value in os.environ.items() if key != SET_HERE}
            if gpus is not None:
                environment["CUDA_VISIBLE_DEVICES"] = str((number - 1) % gpus)
            with path.open("wb") as out:
                running[number] = subprocess.Popen(  # noqa: S603
                    shares.command(number, cores),
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,  # Ctrl-C comes from here, once
                )
        yield running
    except BaseException:
        _tell(running, signal.SIGTERM)
        raise
    for process in running.values():
        process.wait()


def _tell(running: Mapping[int, subprocess.Popen[bytes]], number: int) -> None:
    for process in running.values():
        if process.poll() is None:
            process.send_signal(number)


def _describe(process: subprocess.Popen[bytes]) -> State:
    code = process.poll()
    if code is None:
        return "running", ""
    return "done", "" if code == 0 else "jobs failed" if code == 1 else f"exit code {code}"
