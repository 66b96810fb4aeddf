"""How much memory a stack may take."""

from __future__ import annotations

import math
from collections.abc import Iterable

from seqmem.engines.engine import Engine
from seqmem.machine import give_back_memory

SHARE = 0.5  # of the memory that is free: estimates are within a factor of 2.5
BLAMED = 0.1  # of the room for a stack: one that took less was not killed for that


def find_room(engine: Engine) -> float:
    """Bytes that a stack may take now, with what the stacks before it have freed."""
    give_back_memory()
    return SHARE * engine.free_memory()


class Room:
    """The room for a process's stacks; less of it where an earlier process was killed, perhaps for its memory.

    Attributes:
        suspects: Bytes of the stack in which a process was killed, by the indices of its jobs.
        most: Bytes that a stack may take, however many are free.
    """

    def __init__(self) -> None:
        self.suspects: dict[int, int] = {}
        self.most = math.inf

    def learn(self, index: int, engine: Engine, killed_in: int | None) -> bool:
        """Take note of a job whose last stack took so many bytes and was killed; returns whether stacks get smaller."""
        if killed_in is None or killed_in < BLAMED * find_room(engine):
            return False
        self.suspects[index] = killed_in
        smaller = killed_in / 2 < self.most
        self.most = min(self.most, killed_in / 2)
        return smaller

    def order(self, indices: Iterable[int]) -> list[int]:
        """Those first that no process was killed with, those last that were in the smallest stack of such."""
        return sorted(indices, key=lambda index: (-self.suspects.get(index, math.inf), index))

    def find(self, engine: Engine) -> float:
        """Bytes that a stack may take now."""
        return min(find_room(engine), self.most)
