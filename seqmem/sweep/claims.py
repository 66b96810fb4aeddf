"""The jobs that this process holds, among others that work in the same folder."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from types import TracebackType

from seqmem.records import clear_leftovers, lock


class Claims:
    """Locks of job folders, kept fresh by a thread while this is entered."""

    def __init__(self) -> None:
        self.owner = lock.Owner.create()
        self.observer = lock.Observer()
        self.held: set[Path] = set()
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
