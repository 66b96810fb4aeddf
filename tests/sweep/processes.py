"""Sweeps in processes of their own, to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from seqmem import records
from tests.sweep.sweeping import read_numbers

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ROOT = Path(__file__).parents[2]
# A second or two of training in all, on one core, in rounds of some milliseconds, saved after each.
TRIALS = [
    "batch_size=64",
    "max_sequences=960000",
    "evaluate_every=32000",
    "test_sequences=50",
    "save_every=0",
    "threads=1",
]
GRID = ["-m", "model=rnn", "hidden=2,3", "trials=3", *TRIALS]
ENDLESS = ["-m", "model=rnn", "hidden=2", "trials=2", *TRIALS, "max_sequences=1e12"]


def start(*arguments: str, folder: Path | None = None, **environment: str) -> subprocess.Popen[str]:
    """Start a sweep, as from a shell; its folder is `sweep` unless given."""
    return subprocess.Popen(
        [sys.executable, "-m", "seqmem.train", *arguments, f"hydra.sweep.dir={folder or 'sweep'}"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "NO_COLOR": "1"} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
    )


def hear_ctrl_c() -> None:
    """Programs that a shell starts in the background, and all that they start, are deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def finish(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """Wait for the end of a sweep; returns its exit code and what it has written to standard error."""
    try:
        _, err = process.communicate(timeout=120)
    finally:
        process.kill()
    return process.returncode, [line for line in err.splitlines() if line]


def run(*arguments: str, **options: Any) -> tuple[int, list[str]]:
    return finish(start(*arguments, **options))


def wait_until(condition: Callable[[], object], process: subprocess.Popen[str] | None = None) -> None:
    """Wait until something holds, or a process has ended."""
    deadline = time.monotonic() + 90
    while not condition() and (process is None or process.poll() is None):
        if time.monotonic() > deadline:
            pytest.fail("waited in vain")
        time.sleep(0.005)


def exists(pattern: str) -> bool:
    return any(Path().glob(pattern))


def statuses(folder: str = "sweep") -> list[str]:
    return sorted(records.read_result(job).status for job in records.find_jobs(Path(folder)))


def read_files(folder: str = "sweep") -> dict[str, Any]:
    """All that is kept of a sweep's trials but for their times, by file."""
    found: dict[str, Any] = {}
    for job in records.find_jobs(Path(folder)):
        for name in ("curves.csv", "samples.csv", "trace.csv", "weights.safetensors"):
            found[f"{job.name}/{name}"] = (job / name).read_bytes()
        found[job.name] = repr(read_numbers(job))  # as text, in which NaN is NaN
    return found


def leftovers(folder: str = "sweep") -> list[str]:
    """Files that a sweep that is done should not have."""
    names = {path.name for path in Path(folder).rglob("*") if path.is_file() and ".hydra" not in path.parts}
    known = {
        "result.json", "trials.csv", "curves.csv", "samples.csv", "trace.csv", "weights.safetensors", "train.log",
        "multirun.yaml",
    }  # fmt: skip
    return sorted(names - known)


class Reader:
    """Reads all visible files of a sweep over and over; keeps what it could not read.

    A file may be gone, or a trial's row not be there yet; but whatever is there must be whole.
    """

    def __init__(self, folder: str = "sweep") -> None:
        self.folder = Path(folder)
        self.broken: list[str] = []
        self.read = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read_on)

    def __enter__(self) -> Reader:
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.ended.set()
        self.thread.join()

    def _read_on(self) -> None:
        while not self.ended.wait(0.02):
            for path in list(self.folder.glob("multirun.yaml")) + list(self.folder.glob("*/.hydra/*.yaml")):
                if not isinstance(yaml.load(path.read_text(), LOADER), dict | list):
                    self.broken.append(str(path))
            for job in self.folder.glob("*-*"):
                self._read_job(job)

    def _read_job(self, job: Path) -> None:
        readers: list[Callable[[Path], object]] = [
            records.read_result, records.read_trials, records.read_curves, records.read_samples, records.read_trace,
            lambda job: records.read_weights(job, 0), lambda job: records.read_state(job, job.name.rpartition("-")[2]),
        ]  # fmt: skip
        for read in readers:
            try:
                read(job)
                self.read += 1
            except records.RecordError as error:
                if not str(error).endswith((" is missing", "holds no trial 0")):
                    self.broken.append(str(error))
