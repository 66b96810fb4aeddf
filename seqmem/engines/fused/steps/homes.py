"""Where values stand: in the rows that a step keeps, in the states, in the carried gradient, or for a moment only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Home(NamedTuple):
    """A home for a value, in rows of a block.

    Attributes:
        base: One of `BASES`; or `memory` and `earlier`, states in the rows kept for this step and
            for the one before.
        row: From there.
    """

    base: str
    row: int


# Rows that stand where they are, those kept for each step, the output before and after it, and
# the gradients of the states after and before it.
BASES = ("fixed", "kept", "before", "after", "carry", "next")
AFTER = ("after", "memory")
BEFORE = ("before", "earlier")


@dataclass(frozen=True)
class States:
    """Where states stand: the output with those of all steps, the others in what is kept of a step.

    Attributes:
        sizes: Rows of each state, in the cell's order.
        output: Which of them is the output.
        memory: The first of the kept rows that hold the others.
    """

    sizes: tuple[int, ...]
    output: int
    memory: int

    @property
    def memory_rows(self) -> int:
        return sum(self.sizes) - self.sizes[self.output]

    def before(self, state: int) -> Home:
        return Home("before", 0) if state == self.output else Home("earlier", self.memory + self._first(state))

    def after(self, state: int) -> Home:
        return Home("after", 0) if state == self.output else Home("memory", self.memory + self._first(state))

    def gradient(self, base: str, state: int) -> Home:
        """In the carried gradient, `carry` or `next`: the output's first."""
        return Home(base, 0 if state == self.output else self.sizes[self.output] + self._first(state))

    def _first(self, state: int) -> int:
        """The state's first row among those of all but the output."""
        return sum(size for index, size in enumerate(self.sizes[:state]) if index != self.output)


class Span(NamedTuple):
    """How long rows are taken: from when the first number is written until the last is read."""

    start: int
    stop: int
    first: float
    last: float


class Rows:
    """Hands out rows, each to one value at a time; the first ones are given."""

    def __init__(self, given: int = 0) -> None:
        self.given = given
        self.spans: list[Span] = []

    @property
    def height(self) -> int:
        return max([self.given, *(span.stop for span in self.spans)])

    def pin(self, start: int, size: int, first: float, last: float) -> None:
        """Take given rows."""
        self.spans.append(Span(start, start + size, first, last))

    def take(self, size: int, first: float, last: float) -> int:
        """Take the first rows that are free for so long: such as had been taken as a whole, or new ones."""
        starts = sorted({span.start for span in self.spans if span.stop - span.start == size})
        for start in [*starts, self.height]:
            if self.is_free(start, size, first, last):
                self.pin(start, size, first, last)
                return start
        raise AssertionError("rows behind all others are free")

    def is_free(self, start: int, size: int, first: float, last: float) -> bool:
        for span in self.spans:
            if span.start < start + size and start < span.stop:
                same = (span.start, span.stop) == (start, start + size)
                slack = 0 if same else 1  # a loop that reads a row and writes another must not mix them up
                if first <= span.last + slack and span.first <= last + slack:
                    return False
        return True
