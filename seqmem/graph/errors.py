"""What cannot be traced, and where it stands."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path

OWN = (str(Path(__file__).parent), str(Path(__file__).parents[1] / "cells" / "functions.py"))


class UntraceableError(ValueError):
    """An operation that a graph has no rule for; the message names it, and the line that asked for it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} ({_find_line()})")


class ContractError(ValueError):
    """What a cell's step must return and does not, on any engine."""


def _find_line() -> str:
    """File, number and text of the line outside of this package that was on its way."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OWN):
        frame = frame.f_back
    path, number = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(path, number).strip()
    return f"{Path(path).name}, line {number}" + (f": {text}" if text else "")
