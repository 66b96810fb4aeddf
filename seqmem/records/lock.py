"""Who is at work in a job's folder: `lock`, a guard against two writers.

A lock is a small file that one process makes and no other can make while it is there: a hard
link to a file that was written before, or an exclusive creation where the file system has no
links. Both work over NFS, from version 3 on. On the machine of its owner, the lock of a process
that is no longer there is no obstacle. From elsewhere only Slurm can tell, of its own jobs;
otherwise a person must.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import stat
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from seqmem.records.files import RecordError, read_whole, set_aside
from seqmem.records.schema import Name, Text, read_json
from seqmem.slurm import Allocation, has_left_queue, read_allocation, was_requeued

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]

LOCK = "lock"
LARGEST_LOCK = 2**16  # bytes


@dataclass(frozen=True)
class Owner:
    """A process that holds locks.

    host: Name of its machine, for people.
    machine: This start of the machine, and whose process numbers it counts by.
    pid: Its number there.
    id: Drawn at random; no two owners share it.
    since: When it began, for people.
    slurm: The Slurm job that it runs in, if any.
    """

    host: Text
    machine: Text
    pid: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    id: Name
    since: Name
    slurm: Allocation | None = None

    @classmethod
    def create(cls) -> Owner:
        """This process, as the owner of locks that it will make."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(platform.node(), _name_machine(), os.getpid(), uuid.uuid4().hex, now, read_allocation())

    @property
    def content(self) -> bytes:
        """Of this owner's locks."""
        return json.dumps(asdict(self)).encode()

    @property
    def is_gone(self) -> bool:
        """Whether it surely runs no more; False if nobody here can tell."""
        if self.slurm is not None and was_requeued(self.slurm):
            return True
        if self.machine != _name_machine():
            return self.slurm is not None and has_left_queue(self.slurm)
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False


@cache
def _name_machine() -> str:
    """This start of this machine, and the space of its process numbers; a random name where that is unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{platform.node()} {boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115
    except OSError:
        return uuid.uuid4().hex


def read_owner(folder: Path) -> Owner | None:
    """Who holds a folder's lock; None if nobody does, or it cannot be read."""
    try:
        return parse_owner(_read(folder / LOCK))
    except OSError:
        return None


def is_left_behind(folder: Path) -> bool:
    """Whether nobody holds a folder's lock, or a process that is known to be gone."""
    owner = read_owner(folder)
    return owner is None or owner.is_gone


def _read(path: Path) -> bytes:
    """A lock's content, but for what is too large to be one.

    Raises:
        OSError: if there is none, or no file in its place.
    """
    try:
        return read_whole(path, LARGEST_LOCK)
    except RecordError as error:
        if stat.S_ISREG(path.lstat().st_mode):
            return b""
        raise OSError(str(error)) from None


def parse_owner(content: bytes) -> Owner | None:
    """The owner that a lock's content names; None if it is no lock's."""
    try:
        return read_json(content, Owner)
    except ValueError:
        return None


def claim(folder: Path, owner: Owner) -> bool:
    """Make the lock of a folder, which must exist; returns whether there was none."""
    content = owner.content
    draft = folder / f".{LOCK}.{uuid.uuid4().hex[:8]}.tmp"
    draft.write_bytes(content)
    try:
        os.link(draft, folder / LOCK)
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        return _create(folder / LOCK, content)
    finally:
        draft.unlink(missing_ok=True)
    return True


def _create(path: Path, content: bytes) -> bool:
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True


def holds(folder: Path, owner: Owner) -> bool:
    """Whether a folder's lock is still the owner's."""
    return read_owner(folder) == owner


def release(folder: Path, owner: Owner) -> None:
    """Remove the owner's lock."""
    if holds(folder, owner):
        with contextlib.suppress(OSError):
            (folder / LOCK).unlink()


def take_over(folder: Path, owner: Owner, whoever: bool = False) -> bool:
    """Make a folder's lock the owner's if its own is gone; returns whether it is now.

    Args:
        folder: The folder.
        owner: Who takes the lock over.
        whoever: Take it over whoever holds it, and whether or not that can be told.
    """
    with alone(folder):  # or a second process could remove the lock that the first has just made
        path = folder / LOCK
        try:
            before = parse_owner(_read(path))
        except FileNotFoundError:
            return claim(folder, owner)
        if not whoever and not (before and before.is_gone):
            return False
        if before is None:  # not ours to delete
            set_aside(path)
        else:
            path.unlink()
        return claim(folder, owner)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Be the only process that is here for this folder; yields whether the system can say so."""
    handle, locked = None, False
    try:
        if fcntl is not None:
            with contextlib.suppress(OSError):  # some network file systems lock no folders
                handle = os.open(folder, os.O_RDONLY)
                fcntl.flock(handle, fcntl.LOCK_EX)
                locked = True
        yield locked
    finally:
        if handle is not None:
            os.close(handle)
