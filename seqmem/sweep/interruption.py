"""What Ctrl-C and SIGTERM do: the first one asks the sweep to end, a second one ends it at once.

The first is only remembered here. Between two rounds, a second or so later, `StackTraining` saves
what is under way and calls `check`, which raises `Stopped`. On its way out `run_sweep` marks what is
left as interrupted and releases the locks; `train.main` says how to go on, and ends with the code.
The second raises `Stopped` wherever the program is: what was saved before remains.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """A sweep that was asked to end, and has.

    Args:
        number: Of the signal.
        at_once: Whether it was asked twice.
    """

    def __init__(self, number: int, at_once: bool = False) -> None:
        super().__init__(f"signal {number}")
        self.code = 128 + number
        self.at_once = at_once


class Interruption:
    """Remembers that the process was asked to end, while it is entered.

    Signals that the process was told to ignore are ignored; outside of the main thread nothing
    can be heard.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            heard = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
            self.before = {number: signal.signal(number, self._hear) for number in heard}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.number is not None:
            raise Stopped(number, at_once=True)
        self.number = number
        with contextlib.suppress(OSError):  # not by print, which may be in the middle of another one
            os.write(2, b"\nseqmem: finishing what is under way and saving it; again to end at once\n")

    def check(self) -> None:
        """Raise Stopped if the process was asked to end."""
        if self.number is not None:
            raise Stopped(self.number)
