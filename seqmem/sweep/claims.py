"""The jobs that this process holds, among others that work in the same folder."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from types import TracebackType

from seqmem.records import clear_leftovers, lock, write_whole

WAITING = ".waiting"  # folder, in that of the sweep, with a file for each process that has nothing to do


class Claims:
    """Locks of job folders, kept fresh by a thread while this is entered; and requests for a share of the work.

    Args:
        sweep: The sweep's folder.
    """

    def __init__(self, sweep: Path) -> None:
        self.owner = lock.Owner.create()
        self.observer = lock.Observer()
        self.held: set[Path] = set()
        self.waiting = sweep / WAITING
        self.request = self.waiting / self.owner.id
        self.ended = threading.Event()
        self.heart = threading.Thread(target=self._beat, daemon=True, name="locks")

    def __enter__(self) -> Claims:
        self.heart.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        for folder in list(self.held):
            with contextlib.suppress(OSError):
                self.release(folder)
        self.withdraw()

    def _beat(self) -> None:
        while not self.ended.wait(lock.BEAT_S):
            for folder in list(self.held):
                lock.touch(folder)

    def take(self, folder: Path) -> bool:
        """Claim a folder, which is made if need be; returns whether it is this process's now."""
        folder.mkdir(parents=True, exist_ok=True)
        if not (self.observer.free(folder) and lock.claim(folder, self.owner)):
            return False
        self.held.add(folder)
        clear_leftovers(folder)
        return True

    def check(self, folder: Path) -> bool:
        """Whether a folder is still this process's; one that slept for long may have lost it.

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

    def ask(self) -> None:
        """Ask the other processes for a share of their jobs."""
        write_whole(self.request, self.owner.content, lasting=False)

    def withdraw(self) -> None:
        """Ask no more."""
        with contextlib.suppress(OSError):
            self.request.unlink(missing_ok=True)
            self.waiting.rmdir()  # unless others wait

    def answer(self) -> bool:
        """Whether another process asks for a share; if so it is this process that answers, and no other."""
        with contextlib.suppress(OSError):
            for request in self.waiting.glob("?" * len(self.owner.id)):
                with contextlib.suppress(FileNotFoundError):
                    asking = lock.parse_owner(request.read_bytes())
                    request.unlink()
                    if not (asking and asking.is_gone):
                        return True
        return False
