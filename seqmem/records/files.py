"""How files are read: those only that are files, and not too large; and written: whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import tempfile
from pathlib import Path
from typing import BinaryIO

from seqmem.output import visible

DAMAGED = ".damaged"  # ends the name of a file that was set aside
TEMPORARY = re.compile(r"\.[a-z]+(\.[a-z]+)?\.[a-z0-9_]{8}\.tmp")
LONGEST = 300  # characters of a message on a damaged file
READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
LARGEST = 2**29  # bytes of a file that is read; those of a sweep stay far below
KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


class RecordError(ValueError):
    """A file of a job folder that is missing or cannot be read; the message names it."""


def check_file(path: Path, most: int = LARGEST) -> int:
    """See, without opening it, that something is a file, or a link to one; returns its size in bytes.

    Raises:
        RecordError: if it is missing, larger than `most`, or none: a pipe keeps its reader waiting, a device may
            never end.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise describe_damage(path, error) from None
    if not stat.S_ISREG(status.st_mode):
        kind = KINDS.get(stat.S_IFMT(status.st_mode), "a socket")
        raise describe_damage(path, f"it is {kind}, not a file")
    if status.st_size > most:
        raise describe_damage(path, f"it has {status.st_size:,} bytes, more than {most:,}")
    return status.st_size


def open_file(path: Path, most: int = LARGEST) -> BinaryIO:
    """Open a file to be read, after `check_file`.

    Raises:
        RecordError: as `check_file`.
    """
    check_file(path, most)
    try:  # without waiting, should it have become a pipe since
        return os.fdopen(os.open(path, READING), "rb")
    except OSError as error:
        raise describe_damage(path, error) from None


def read_whole(path: Path, most: int = LARGEST) -> bytes:
    """Read a file.

    Raises:
        RecordError: as `check_file`, or if it grows meanwhile.
    """
    with open_file(path, most) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            content = file.read(size + 1)
        except OSError as error:
            raise describe_damage(path, error) from None
    if len(content) > size:
        raise describe_damage(path, "it never ends")
    return content


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


def write_note(path: Path, content: bytes) -> None:
    """Write what is kept for people alone, unless it is there already or the disk takes nothing."""
    with contextlib.suppress(RecordError):
        if read_whole(path) == content:
            return
    try:
        write_whole(path, content, lasting=False)
    except OSError as error:
        if error.errno not in CLOSED:
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


def describe_damage(path: Path, why: Exception | str) -> RecordError:
    """One line on a file that cannot be read."""
    if isinstance(why, FileNotFoundError):
        return RecordError(f"{visible(str(path))} is missing")
    words = (str(why)[: LONGEST + 1].splitlines() or [type(why).__name__])[0]
    shown = visible(words[:LONGEST]) + (" .." if len(words) > LONGEST else "")
    return RecordError(f"{visible(str(path))} is damaged: {shown}")
