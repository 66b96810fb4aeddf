"""Runs programs in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent


class ProgramError(RuntimeError):
    """A program that failed, with the end of what it said."""


def run_python(arguments: Sequence[str], cwd: Path = ROOT, limit_s: float = 120, **env: str) -> tuple[float, str]:
    """Run Python with arguments; returns the wall time in seconds, infinite past the limit, and what it printed.

    Raises:
        ProgramError: if the program fails.
    """
    start = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd,
            env=os.environ | env,
            capture_output=True,
            text=True,
            timeout=limit_s,
        )
    except subprocess.TimeoutExpired:
        return float("inf"), ""
    seconds = time.perf_counter() - start
    if done.returncode:
        raise ProgramError(f"python {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return seconds, done.stdout


def time_to_line(arguments: Sequence[str], phrase: str, cwd: Path = ROOT) -> float:
    """Seconds until Python, run with arguments, has printed a line with a phrase in it; it is waited for to its end.

    Raises:
        ProgramError: if the program fails, or prints no such line.
    """
    seconds = float("inf")
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as program:
        assert program.stdout is not None
        for line in program.stdout:
            if phrase in line:
                seconds = min(seconds, time.perf_counter() - start)
    if program.returncode or seconds == float("inf"):
        raise ProgramError(f"python {' '.join(arguments)} failed, or printed nothing with {phrase!r}")
    return seconds


def peak_memory_kib() -> int:
    """The most memory that this process has held.

    Not `ru_maxrss`, which a process inherits from the one that started it.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("this system does not tell a process's peak memory")
