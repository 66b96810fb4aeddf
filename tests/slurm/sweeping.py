"""Sweeps that are submitted to the cluster, in processes of their own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from seqmem import records
from seqmem.records import lock, read_arrays
from seqmem.sweep.shards import SHARDS
from tests.sweep.processes import TRIALS, finish, leftovers, read_files, run, start

# Four settings, each a share: some seconds of training each, in rounds of some milliseconds, saved after each.
GRID = ["-m", "model=rnn", "hidden=2,3", "seed=0,100", "trials=3", *TRIALS]
LONG = ["max_sequences=8e6", "evaluate_every=64000"]
SLURM = ["hydra/launcher=stacked_slurm", "hydra.launcher.target_minutes=0.001"]


def submit(*arguments: str) -> subprocess.Popen[str]:
    """Start a command that submits the sweep, and perhaps waits."""
    return start(*GRID, *SLURM, *arguments)


def submit_only(*arguments: str) -> list[str]:
    """Submit the sweep and do not wait; returns what is said."""
    code, lines = run(*GRID, *SLURM, "hydra.launcher.wait=false", *arguments)
    assert code == 0, lines
    return lines


def wait_for(*arguments: str) -> list[str]:
    """Submit what is missing, and wait for all."""
    code, lines = finish(submit(*arguments))
    assert code == 0, lines
    return lines


def check_against_one_process(*arguments: str) -> None:
    """The sweep's folder has the bytes that one process leaves, and nothing else."""
    assert run(*GRID, *arguments, folder=Path("whole"))[0] == 0
    assert read_files("sweep") == read_files("whole")
    assert [name for name in leftovers() if not re.fullmatch(r"\d+_\d+\.log|\.?\w+\.sh|arrays.json", name)] == [SHARDS]


def find_owners() -> dict[Path, lock.Owner]:
    """Who is at work, by job folder."""
    found = {job: lock.read_owner(job) for job in records.find_jobs(Path("sweep"))}
    return {job: owner for job, owner in found.items() if owner}


def find_states() -> list[Path]:
    """Jobs that have saved something, and have not ended."""
    return [job for job in records.find_jobs(Path("sweep")) if (job / records.STATE).exists()]


def count_ended() -> int:
    """Trials that have ended."""
    return sum(len(records.read_trials(job)) for job in records.find_jobs(Path("sweep")) if has_trials(job))


def has_trials(job: Path) -> bool:
    return (job / records.TRIALS).exists()


def read_array() -> str:
    """The number of the job that was submitted last; nothing, if none was."""
    arrays = read_arrays(Path("sweep"))
    return arrays[-1].job if arrays else ""
