"""Ctrl-C while the command line's own modules are still being imported: an end without a traceback."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

PROGRAM = "seqmem-train"  # as pip installs it
MODULE = "seqmem.train"


def end_quietly() -> None:
    """Let Ctrl-C end the process at once, if it runs seqmem's command line and is not deaf to it."""
    if _is_command_line() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def end_by_exception() -> None:
    """Let Ctrl-C raise KeyboardInterrupt again, now that there is somebody to catch it."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _is_command_line() -> bool:
    words = sys.orig_argv
    module = words[words.index("-m") + 1] if "-m" in words[:-1] else None  # Python's own, which comes first
    return module == MODULE or Path(words[1] if len(words) > 1 else "").name == PROGRAM


def _leave(number: int, frame: FrameType | None) -> None:
    os.write(2, b"\nseqmem: interrupted before anything was trained\n")
    os._exit(128 + number)


end_quietly()  # wherever this is imported, which seqmem does first
