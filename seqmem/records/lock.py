"""Who is at work in a job's folder: `lock`.

A lock is a small file that one process makes and no other can make while it is there: a hard
link to a file that was written before, or an exclusive creation where the file system has no
links. Both work over NFS, from version 3 on. Its owner touches it every few seconds. Whoever
waits for it looks at whether it changes, by its own monotonic clock, and takes it for left
behind after a while; so no two clocks need agree. On the machine of its owner, a process that
is no longer there has left it at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from seqmem.records.files import set_aside

LOCK = "lock"
GUARD = ".lock.breaking"
BEAT_S = 10.0  # how often its owner touches a lock
STALE_S = 120.0  # how long a lock must be untouched to be left behind; NFS may show a change a minute later


@dataclass(frozen=True)
class Owner:
    """A process that holds locks.

    host: Name of its machine, for people.
    machine: This start of the machine, and whose process numbers it counts by.
    pid: Its number there.
    id: Drawn at random; no two owners share it.
    since: When it began, for people.
    """

    host: str
    machine: str
    pid: int
    id: str
    since: str

    @classmethod
    def create(cls) -> Owner:
        """This process, as the owner of locks that it will make."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(platform.node(), _name_machine(), os.getpid(), uuid.uuid4().hex, now)

    @property
    def content(self) -> bytes:
        """Of this owner's locks."""
        return json.dumps(asdict(self)).encode()

    @property
    def is_gone(self) -> bool:
        """Whether it surely runs no more; False if nobody here can tell."""
        if self.machine != _name_machine():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError):
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
        return parse_owner((folder / LOCK).read_bytes())
    except OSError:
        return None


def parse_owner(content: bytes) -> Owner | None:
    """The owner that a lock's content names; None if it is no lock's."""
    try:
        owner = Owner(**json.loads(content))
    except (ValueError, TypeError, RecursionError):
        return None
    sound = all(isinstance(value, str) for value in (owner.host, owner.machine, owner.id, owner.since))
    return owner if sound and type(owner.pid) is int and owner.pid > 0 else None


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


def touch(folder: Path) -> None:
    """Let those who wait for a folder see that the owner of its lock is alive."""
    with contextlib.suppress(OSError):
        last = (folder / LOCK).stat().st_mtime_ns
        now = max(time.time_ns(), last + 1)  # whatever the clock does, it changes
        os.utime(folder / LOCK, ns=(now, now))


def release(folder: Path, owner: Owner) -> None:
    """Remove the owner's lock."""
    if holds(folder, owner):
        with contextlib.suppress(OSError):
            (folder / LOCK).unlink()


class Observer:
    """Watches locks of others for signs of life.

    Args:
        stale_s: Seconds without one after which a lock is left behind.
    """

    def __init__(self, stale_s: float = STALE_S) -> None:
        self.stale_s = stale_s
        self.guards: dict[Path, float] = {}
        self.seen: dict[Path, tuple[tuple[int, int], float, bytes]] = {}  # what it was when it changed last, and when

    def free(self, folder: Path) -> bool:
        """Whether a folder's lock is not there, or was left behind and has now been removed."""
        path = folder / LOCK
        try:
            status = path.stat()
            mark = (status.st_ino, status.st_mtime_ns)
            if folder not in self.seen or self.seen[folder][0] != mark:
                self.seen[folder] = mark, time.monotonic(), path.read_bytes()
        except FileNotFoundError:
            return True
        _, since, content = self.seen[folder]
        owner = parse_owner(content)
        if time.monotonic() - since < self.stale_s and not (owner and owner.is_gone):
            return False
        return self._break(path, content)

    def _break(self, path: Path, content: bytes) -> bool:
        """Remove a lock that was left behind; one process at a time, so that none removes the lock of the next."""
        guard = path.with_name(GUARD)
        if not _create(guard, b""):
            since = self.guards.setdefault(guard, time.monotonic())
            if time.monotonic() - since > self.stale_s:  # whose maker was killed between these lines
                guard.unlink(missing_ok=True)
                del self.guards[guard]
            return False
        try:
            if path.read_bytes() != content:
                return False
            if parse_owner(content) is None:  # not ours to delete
                set_aside(path)
            else:
                path.unlink()
        except FileNotFoundError:
            pass
        finally:
            guard.unlink(missing_ok=True)
        return True
