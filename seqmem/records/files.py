"""How files are written: whole or not at all; and what is said of those that cannot be read."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


class RecordError(ValueError):
    """A file of a job folder that is missing or cannot be read; the message names it."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees a part of it: temporary name, fsync, rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def describe_damage(path: Path, error: Exception) -> RecordError:
    """One line on a file that cannot be read."""
    if isinstance(error, FileNotFoundError):
        return RecordError(f"{path} is missing")
    return RecordError(f"{path} is damaged: {(str(error).splitlines() or [type(error).__name__])[0]}")
