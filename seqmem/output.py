"""What is written to standard output, whose reader may be gone and whose disk may be full, and how foreign text is."""

from __future__ import annotations

import os
import sys


def write_output(text: str) -> int:
    """Write a text and a line's end, with escapes for letters that the output's encoding lacks.

    Returns:
        The exit code: 0, 1 if nobody reads it any more, 2 if it cannot be written.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)  # noqa: T201
    except BrokenPipeError:  # who reads it has seen enough
        drop_output()
        return 1
    except OSError as error:
        drop_output()
        print(f"seqmem: cannot write to standard output: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


def drop_output() -> None:
    """Let what standard output still holds, which could not be written, go nowhere at the process's end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def visible(text: str) -> str:
    """A text with what does not print escaped as in Python: what controls a terminal, hides, or is no character."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
