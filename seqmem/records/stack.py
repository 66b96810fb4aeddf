"""How much memory the stack takes that a job's trials are in: `stack`, found again where a process was killed."""

from __future__ import annotations

from pathlib import Path

from seqmem.records.files import read_whole, write_whole

STACK = "stack"
LARGEST_STACK = 20  # bytes of the note


def write_stack(folder: Path, memory: float) -> None:
    """Note that trials of a job are about to be trained in a stack that takes so many bytes."""
    write_whole(folder / STACK, f"{memory:.0f}\n".encode(), lasting=False)


def read_stack(folder: Path) -> int | None:
    """Bytes of the stack that a job's trials were in when their process was killed; None if it was not."""
    try:
        return int(read_whole(folder / STACK, LARGEST_STACK)) or None
    except (OSError, ValueError):  # no note, or nobody can tell what it says
        return None


def forget_stack(folder: Path) -> None:
    """Note that a job was not left by a process that was killed."""
    (folder / STACK).unlink(missing_ok=True)
