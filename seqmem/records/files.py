"""How files are written: whole or not at all; and what is done with those that cannot be read."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path

DAMAGED = ".damaged"  # ends the name of a file that was set aside
TEMPORARY = re.compile(r"\.[a-z]+(\.[a-z]+)?\.[a-z0-9_]{8}\.tmp")


class RecordError(ValueError):
    """A file of a job folder that is missing or cannot be read; the message names it."""


def write_whole(path: Path, content: bytes, lasting: bool = True) -> None:
    """Write a file so that no reader ever sees a part of it: temporary name, fsync, rename.

    Args:
        path: Where; its folder is made if need be.
        content: What.
        lasting: Wait until it would survive a power failure.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        if isinstance(error, OSError) and error.errno and error.filename is None:
            error.filename = str(path)  # a full disk names no file
        raise


def clear_leftovers(folder: Path) -> None:
    """Remove what a process that was killed while it wrote has left; nobody else may be writing there."""
    for path in [*folder.iterdir(), *folder.glob(".hydra/.*")]:
        if TEMPORARY.fullmatch(path.name):
            path.unlink(missing_ok=True)


def set_aside(path: Path) -> Path:
    """Give a file another name, so that it is in nobody's way; returns the new one."""
    aside, number = path.with_name(path.name + DAMAGED), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}{DAMAGED}{number}")
    return path.rename(aside)


def describe_damage(path: Path, error: Exception) -> RecordError:
    """One line on a file that cannot be read."""
    if isinstance(error, FileNotFoundError):
        return RecordError(f"{path} is missing")
    return RecordError(f"{path} is damaged: {(str(error).splitlines() or [type(error).__name__])[0]}")
