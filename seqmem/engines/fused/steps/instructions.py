"""What the program runs for a cell, before the steps and at each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from seqmem.engines.fused.steps.homes import Home, States
from seqmem.engines.fused.steps.source import Source
from seqmem.engines.fused.steps.weights import Part


class Multiply(NamedTuple):
    """y = base + W x, of one block of weights.

    Attributes:
        start: `add` to what y holds, `bias`, or `zero`.
        bias: A vector of weights to begin with.
        needed: Whether also the first step needs it, which hands no gradient back.
    """

    part: Part
    x: Home
    y: Home
    start: str
    bias: Part | None = None
    needed: bool = True

    @property
    def rows(self) -> int:
        return self.part.columns if self.part.turned else self.part.rows

    @property
    def columns(self) -> int:
        return self.part.rows if self.part.turned else self.part.columns


class Spread(NamedTuple):
    """A vector of weights, the same for all sequences."""

    part: Part
    y: Home


class Run(NamedTuple):
    """A compiled loop."""

    source: Source


class Gradient(NamedTuple):
    """What is added to the gradient of a block: rows times columns, or rows alone."""

    part: Part
    rows: Home
    columns: Home | None


class Fold(NamedTuple):
    """Rows of a bias that are added to the input's, from row `x` on."""

    part: Part
    x: int


Instruction = Multiply | Run | Spread


@dataclass(frozen=True)
class StepPlan:
    """All that the program must know of a cell, in layers of one width.

    Attributes:
        gate_rows: Rows of the input's part.
        states: Where they stand.
        initial: What states are before the first step, where it is not 0.
        kept_rows: Rows that are kept for each step: first the input's part, which becomes its gradient.
        fixed_rows: Rows for vectors of weights, and for the moment.
        holds: Whether states of ended sequences must be held, as they might grow without end.
        begin, forward, backward: What is run before the steps, and at each.
    """

    gate_rows: int
    states: States
    initial: tuple[tuple[int, float], ...]
    kept_rows: int
    fixed_rows: int
    holds: bool
    begin: tuple[Instruction, ...]
    forward: tuple[Instruction, ...]
    backward: tuple[Instruction, ...]
    gradients: tuple[Gradient, ...]
    folds: tuple[Fold, ...]
