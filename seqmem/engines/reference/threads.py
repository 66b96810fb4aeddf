"""Which threads torch computes on: those that call it, and none of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

import torch

Part = TypeVar("Part")
Result = TypeVar("Result")


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Let torch compute on the calling thread alone, and give its others back afterwards.

    They share out single operations, and with networks this small wait for each other longer
    than they help.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class SideBySide:
    """Calls a function for each part of something, each on a thread of its own; torch releases Python's lock.

    Args:
        threads: The most parts that there are.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.pool: ThreadPoolExecutor | None = None

    def map(self, function: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
        """The results, in order.

        Raises:
            Exception: what the first part failed of, once all have ended.
        """
        if len(parts) == 1:
            return [function(parts[0])]
        if self.pool is None:
            self.pool = ThreadPoolExecutor(self.threads, "reference", torch.set_num_threads, (1,))
        futures = [self.pool.submit(function, part) for part in parts]
        wait(futures)
        return [future.result() for future in futures]
