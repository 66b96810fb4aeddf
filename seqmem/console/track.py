"""Shows how far it has come through many items."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console

MANY = 100  # items that may take a second
FIRST_S, LIVE_S, PLAIN_S = 0.5, 0.1, 10.0  # until the first line on them; between two, in a terminal or not

T = TypeVar("T")


def track(items: Iterable[T], total: int, what: str, console: Console | None = None) -> Iterator[T]:
    """Go through items; where there are many, standard error says how far, from the first second on.

    Args:
        items: What to go through.
        total: How many there are.
        what: What is counted, such as `jobs checked`.
        console: Where to write.
    """
    if total < MANY:
        yield from items
        return
    console = console or Console(stderr=True, highlight=False, soft_wrap=True)
    pause = LIVE_S if console.is_terminal else PLAIN_S
    due, shown = time.monotonic() + FIRST_S, False
    for number, item in enumerate(items):
        if time.monotonic() >= due:
            due, shown = time.monotonic() + pause, True
            console.print(f"{number:,} of {total:,} {what}", markup=False, end="\r" if console.is_terminal else "\n")
        yield item
    if shown:
        console.print(f"{total:,} of {total:,} {what}", markup=False)
