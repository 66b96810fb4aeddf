"""What Ctrl-C, SIGTERM and SIGUSR1 do: the first one asks the sweep to end, a second one ends it at once.

The first is only remembered here. Between two rounds, a second or so later, `StackTraining` saves
what is under way and calls `check`, which raises `Stopped`. On its way out `run_sweep` marks what is
left as interrupted and releases the locks; `train.main` says how to go on, and ends with the code.
The second raises `Stopped` wherever the program is: what was saved before remains. Python hears no
signal while a compiler or another library computes, and takes two that come meanwhile for one; a
thread counts them, and ends the process itself where that has not come to its end in `PATIENCE_S`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Collection, Iterator
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (
    signal.SIGINT,
    signal.SIGTERM,
    *([signal.SIGUSR1] if hasattr(signal, "SIGUSR1") else []),
)  # the last by Slurm
WARNING = getattr(signal, "SIGUSR1", None)  # which Slurm may repeat: however often it comes, it is one request
PATIENCE_S = 2.0  # from the second signal on
GOES_ON = "interrupted; give the same command again to train the rest"


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
        self.counting = contextlib.ExitStack()

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            heard = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
            self.before = {number: signal.signal(number, self._hear) for number in heard}
            if "ipykernel" not in sys.modules:  # a notebook's kernel outlives its cells
                self.counting.enter_context(_count_signals(heard))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.counting.close()
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.number is not None:
            if number == WARNING:
                return
            raise Stopped(number, at_once=True)
        self.number = number
        with contextlib.suppress(OSError):  # not by print, which may be in the middle of another one
            os.write(2, b"\nseqmem: saving what is under way; interrupt again to end at once\n")

    def check(self) -> None:
        """Raise Stopped if the process was asked to end."""
        if self.number is not None:
            raise Stopped(self.number)


@contextlib.contextmanager
def _count_signals(heard: Collection[int]) -> Iterator[None]:
    """Let a thread count signals as they come, and end the process soon after the second."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    ended = threading.Event()
    thread = threading.Thread(target=_end_after_two, args=(reading, heard, ended), daemon=True, name="signals")
    thread.start()
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield
    finally:
        ended.set()
        signal.set_wakeup_fd(before)
        os.close(writing)
        thread.join()
        os.close(reading)


def _end_after_two(reading: int, heard: Collection[int], ended: threading.Event) -> None:
    come = 0
    while content := os.read(reading, 1):  # the number of a signal
        come += content[0] in heard and not (come and content[0] == WARNING)
        if come == 2 and not ended.wait(PATIENCE_S):
            with contextlib.suppress(OSError):
                os.write(2, f"seqmem: {GOES_ON}\n".encode())
            os._exit(128 + content[0])
