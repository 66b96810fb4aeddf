"""What the machine offers: its memory, its processor, its cores."""

from __future__ import annotations

import functools
import os
import platform
from collections.abc import Iterator
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")
STATM = Path("/proc/self/statm")

UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


def available_memory() -> float:
    """Bytes that this process may still take: the least of what is free, its container's and its own limit."""
    return max(0.0, min([_free_memory(), *_container_memory(), *_own_limit()]))


def _free_memory() -> float:
    for line in _read(MEMINFO).splitlines():
        if line.startswith("MemAvailable:"):
            return float(line.split()[1]) * 1024
    try:
        return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return float("inf")


def _container_memory() -> Iterator[float]:
    """What the container that this process is in leaves to it, by control groups of version 2."""
    limit = _read(CGROUP / "memory.max").strip()
    if limit.isdigit():
        kept = dict(line.split() for line in _read(CGROUP / "memory.stat").splitlines())
        yield float(limit) - float(_read(CGROUP / "memory.current") or 0) + float(kept.get("inactive_file", 0))


def _own_limit() -> Iterator[float]:
    """What `ulimit -v` leaves."""
    if not STATM.exists():
        return
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY:
        yield float(limit) - float(_read(STATM).split()[0]) * os.sysconf("SC_PAGE_SIZE")


def read_size(size: float) -> str:
    """Bytes as a person reads them."""
    unit = 0
    while size >= 999.5 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.3g} {UNITS[unit]}"


@functools.cache
def processor_name() -> str:
    """What the processor calls itself."""
    for line in _read(CPUINFO).splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def count_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
