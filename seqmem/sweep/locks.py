"""The job folders that this process holds: nobody else writes there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from seqmem.records import clear_leftovers, lock


class HeldError(RuntimeError):
    """A job that another process holds; the message says who, since when, and what may be done."""


class Locks:
    """Locks of job folders; all are released when this is left.

    Args:
        take_over: Whether locks of others are taken over, whoever holds them.
    """

    def __init__(self, take_over: bool = False) -> None:
        self.take_over = take_over
        self.owner = lock.Owner.create()
        self.held: set[Path] = set()

    def __enter__(self) -> Locks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for folder in list(self.held):
            with contextlib.suppress(OSError):
                self.release(folder)

    def take(self, folders: Iterable[Path]) -> None:
        """Take the locks of some folders, which are made if need be; that of a process that is gone is no obstacle.

        Raises:
            HeldError: if another process holds one of them.
        """
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            if not lock.claim(folder, self.owner) and not lock.take_over(folder, self.owner, self.take_over):
                raise HeldError(_describe_holder(folder))
            self.held.add(folder)
            clear_leftovers(folder)

    def check(self, folder: Path) -> bool:
        """Whether a folder is still this process's; another one may have been told to take it over.

        Raises:
            FileNotFoundError: if the folder itself is gone.
        """
        if lock.holds(folder, self.owner):
            return True
        if not folder.is_dir():
            raise FileNotFoundError(2, "the folder is gone", str(folder))
        self.held.discard(folder)
        return False

    def release(self, folder: Path) -> None:
        """Give a folder back."""
        self.held.discard(folder)
        lock.release(folder, self.owner)


def _describe_holder(folder: Path) -> str:
    """Who is at work in a folder, and what may be done."""
    owner = lock.read_owner(folder)
    who = "someone" if owner is None else f"process {owner.pid} on {owner.host}, since {owner.since},"
    path = folder / lock.LOCK
    return f"{who} is at work in {folder} ({path}); wait until it ends, or give take_over=true if it no longer runs"
