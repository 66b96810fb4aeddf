"""What the machine offers: its memory, its processor, its cores."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import platform
from collections.abc import Iterator
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
MEMINFO = Path("/proc/meminfo")
GROUPS = Path("/proc/self/cgroup")
GROUP_MOUNT = Path("/sys/fs/cgroup")
STATM = Path("/proc/self/statm")

UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


def available_memory() -> float:
    """Bytes that this process may still take: the least of what is free, its groups' limits and its own."""
    return max(0.0, min([_free_memory(), *_group_memory(), *_own_limit()]))


def give_back_memory() -> None:
    """Give what this process has freed back to the system, where the C library keeps it and can be asked to."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _free_memory() -> float:
    for line in _read(MEMINFO).splitlines():
        if line.startswith("MemAvailable:"):
            return float(line.split()[1]) * 1024
    try:
        return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return float("inf")


def _group_memory() -> Iterator[float]:
    """What each control group that this process is in leaves to it: containers, services, batch jobs, nested or not."""
    for folder in _list_groups():
        limits = [_read(folder / name).strip() for name in ("memory.max", "memory.high", "memory.limit_in_bytes")]
        if numbers := [float(limit) for limit in limits if limit.isdigit()]:
            used = _read(folder / "memory.current") or _read(folder / "memory.usage_in_bytes") or 0
            kept = dict(line.split() for line in _read(folder / "memory.stat").splitlines())
            yield min(numbers) - float(used) + float(kept.get("total_inactive_file", kept.get("inactive_file", 0)))


def _list_groups() -> Iterator[Path]:
    """The folders of this process's memory groups, of version 1 and 2, and of all groups around them."""
    for line in _read(GROUPS).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        mounts = [GROUP_MOUNT / "memory"] if controllers else [GROUP_MOUNT, GROUP_MOUNT / "unified"]
        inside = Path(path.lstrip("/"))
        for mount in mounts:
            # A container may see the group's path on its host, of which only the mount itself is there.
            for part in [inside, *inside.parents] if ".." not in inside.parts else [Path()]:
                yield mount / part


def _own_limit() -> Iterator[float]:
    """What `ulimit -v` leaves."""
    if not STATM.exists():
        return
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY:
        yield float(limit) - float(_read(STATM).split()[0]) * os.sysconf("SC_PAGE_SIZE")


def format_size(size: float) -> str:
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
