"""How a process that has nothing to do asks those that have for some of their jobs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Sequence
from pathlib import Path

from seqmem.records import write_whole
from seqmem.records.lock import Owner, parse_owner

WAITING = ".waiting"  # folder, in that of the sweep, with a file for each process that waits


class Requests:
    """The requests in a sweep's folder, and this process's own.

    Args:
        sweep: The sweep's folder.
        owner: This process.
    """

    def __init__(self, sweep: Path, owner: Owner) -> None:
        self.folder = sweep / WAITING
        self.owner = owner
        self.own = self.folder / owner.id

    def ask(self, wanted: Collection[Path]) -> None:
        """Ask for some of the jobs whose folders these are, if this process does not ask already."""
        if self.own.exists():
            return
        content = [self.owner.content.decode(), [folder.name for folder in wanted]]
        write_whole(self.own, json.dumps(content).encode(), lasting=False)

    def withdraw(self) -> None:
        """Ask no more, and clear away the requests of processes that were killed."""
        with contextlib.suppress(OSError):
            self.own.unlink(missing_ok=True)
            for request in self._list():
                self._read(request)
            self.folder.rmdir()  # unless others wait

    def answer(self, held: Sequence[Path]) -> list[Path]:
        """Which jobs to give to a process that asks: half at most, the last first. One process answers a request.

        Args:
            held: The folders of this process's jobs, those first that it would rather keep.
        """
        if len(held) < 2:
            return []
        with contextlib.suppress(OSError):
            for request in self._list():
                names = self._read(request)
                given = [folder for folder in held if folder.name in names][-(len(held) // 2) :]
                if given and _remove(request):
                    return given
        return []

    def _list(self) -> list[Path]:
        return list(self.folder.glob("?" * len(self.owner.id)))

    def _read(self, request: Path) -> set[str]:
        """The names of the folders that a process asks for; none, and no request any more, if it was killed."""
        try:
            owner, wanted = json.loads(request.read_bytes())
            asking = parse_owner(owner.encode())
            names = set(wanted)
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return set()  # none of ours, or answered meanwhile
        if asking is not None and asking.is_gone:
            _remove(request)
            return set()
        return names


def _remove(request: Path) -> bool:
    """Remove a request; returns whether no other process has."""
    try:
        request.unlink()
    except FileNotFoundError:
        return False
    return True
