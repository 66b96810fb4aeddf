"""A step's plan in numbers, as the program reads it: one flat table a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.fused.simd.products import ADDED, BIASED, PLAIN
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.steps.homes import BASES, BEFORE, Home
from seqmem.engines.fused.steps.instructions import Instruction, Multiply, Run, StepPlan
from seqmem.engines.fused.steps.loops import compile_loop
from seqmem.engines.fused.steps.weights import Part

# What a row of the table is, and its sections; the table begins with where each begins, and ends.
LOOP, PRODUCT, SPREAD = range(3)
BEGIN, FORWARD, BACKWARD, GRADIENTS, FOLDS, INITIAL = range(6)
WIDTH = 13
STARTS = {"zero": PLAIN, "add": ADDED, "bias": BIASED}

_KEPT: dict[bytes, NDArray[np.int64]] = {}  # tables stay where they are: the program knows their addresses


def write_table(plan: StepPlan, layer: Any, find_weight: Callable[[str], int]) -> int:
    """The address of a plan's table for a layer.

    Args:
        layer: A struct of `structs.LAYER`, but for the table laid out.
        find_weight: Where a parameter of the layer begins among the trial's weights.
    """
    writer = _Writer(layer, find_weight)
    gradients = [
        [
            writer.find(g.part),
            g.part.width,
            *writer.locate(g.rows),
            g.part.size if g.columns is None else g.part.rows,
            *_pair(writer, g.columns),
            g.part.columns,
            g.rows.base in BEFORE or (g.columns is not None and g.columns.base in BEFORE),
        ]
        for g in plan.gradients
    ]
    folds = [[writer.find(fold.part), fold.x, fold.part.rows] for fold in plan.folds]
    sections = [
        *(list(map(writer.write, part)) for part in (plan.begin, plan.forward, plan.backward)),
        *(gradients, folds, [_write_initial(plan, state, value) for state, value in plan.initial]),
    ]
    ends = np.cumsum([len(sections) + 1, *(WIDTH * len(section) for section in sections)])
    rows = [row + [0] * (WIDTH - len(row)) for section in sections for row in section]
    for row in rows[: sum(map(len, sections[:3]))]:
        if row[0] == LOOP:
            row[2] += int(ends[-1])
    table = np.array([*ends.tolist(), *(number for row in rows for number in row), *writer.numbers], np.int64)
    kept = _KEPT.setdefault(table.tobytes(), table)
    return int(kept.ctypes.data)


def _write_initial(plan: StepPlan, state: int, value: float) -> list[int]:
    """Whether it is among those that are no output, its rows there, and the bits of its value."""
    home = plan.states.before(state)
    row = home.row - plan.states.memory if state != plan.states.output else 0
    bits = int(np.float64(value).view(np.int64))
    return [state != plan.states.output, row, plan.states.sizes[state], bits]


def _pair(writer: _Writer, home: Home | None) -> tuple[int, int]:
    return (-1, 0) if home is None else writer.locate(home)


class _Writer:
    def __init__(self, layer: Any, find_weight: Callable[[str], int]) -> None:
        self.layer, self.find_weight = layer, find_weight
        self.numbers: list[int] = []

    def find(self, part: Part) -> int:
        return self.find_weight(part.name) + part.row * part.width + part.column

    def locate(self, home: Home) -> tuple[int, int]:
        """Which base, and how far from it."""
        offset, base = home.row * BLOCK, home.base
        if base == "fixed":
            offset += int(self.layer["fixed"])
        if base in ("memory", "earlier"):
            stride = int(self.layer["gates_width"]) * BLOCK
            offset += 0 if base == "memory" else stride if self.layer["reverse"] else -stride
            base = "kept"
        return BASES.index(base), offset

    def write(self, item: Instruction) -> list[int]:
        if isinstance(item, Run):
            first = len(self.numbers)
            self.numbers += item.source.list_numbers(BLOCK, lambda home: self.locate(home)[1])
            return [LOOP, compile_loop(item.source.text), first]
        if isinstance(item, Multiply):
            return [
                PRODUCT, item.needed, item.part.turned, self.find(item.part), item.part.width, item.rows, item.columns,
                *self.locate(item.x), *self.locate(item.y), STARTS[item.start], self.find(item.bias or item.part),
            ]  # fmt: skip
        return [SPREAD, self.find(item.part), item.part.size, self.locate(item.y)[1]]
