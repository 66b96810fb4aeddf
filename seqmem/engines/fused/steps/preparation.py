"""A preparation of weights as rows of numbers, which `interpreter` runs: one row an operation.

Values stand one behind the other in the workspace, as numbers of 64 bits, row by row. What only
looks at a value otherwise (a slice, a transposition, a repetition) is no row, but a `View` of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.fused.steps.interpreter import CODES, WIDTH, find_interpreter
from seqmem.graph.nodes import Graph
from seqmem.graph.operations import POINTWISE
from seqmem.graph.preparation import Preparation, differentiate_preparation
from seqmem.graph.symbol import Symbol

Find = Callable[[str], int]
_KEPT: dict[bytes, NDArray[np.int64]] = {}  # rows stay where they are: the program knows their addresses


class View(NamedTuple):
    """Where a matrix begins among the values, and from row to row and from column to column."""

    start: int
    row: int
    column: int

    def repeated(self, shape: tuple[int, int]) -> View:
        """The same, of which axes of one number are repeated."""
        return self._replace(row=self.row if shape[0] > 1 else 0, column=self.column if shape[1] > 1 else 0)


class Program(NamedTuple):
    """Rows, and how many values they need."""

    rows: list[list[int]]
    size: int


def list_programs(preparation: Preparation, find: Find, find_prepared: Find) -> dict[str, Program]:
    """What is run before the steps, on the way back, and after an update.

    Args:
        find: Where a parameter or a constant begins among the weights.
        find_prepared: The same of what is prepared.
    """
    given = {
        "prepare": ("store", preparation.prepared, find_prepared),
        "return": ("add_gradient", differentiate_preparation(preparation), find),
        "project": ("store", preparation.projected, find),
    }
    programs = {}
    for name, (operation, results, place) in given.items():
        writer = _Writer(preparation.graph, find, find_prepared)
        for result, symbol in results.items():
            writer.hand_over(operation, symbol, place(result))
        programs[name] = Program(writer.rows, writer.used)
    return programs


def count_values(preparation: Preparation) -> int:
    """How many values the largest of the programs needs."""
    programs = list_programs(preparation, lambda _: 0, lambda _: 0)
    return max(program.size for program in programs.values())


def write_preparation(preparation: Preparation, layer: Any, find: Find, find_prepared: Find) -> None:
    """Write where the programs are into a struct of `structs.LAYER`."""
    layer["interpreter"] = find_interpreter()
    for name, program in list_programs(preparation, find, find_prepared).items():
        rows = np.array(program.rows, np.int64)
        kept = _KEPT.setdefault(rows.tobytes(), rows)
        layer[f"{name}_first"], layer[f"{name}_last"] = kept.ctypes.data, kept.ctypes.data + kept.nbytes


class _Writer:
    def __init__(self, graph: Graph, find: Find, find_prepared: Find) -> None:
        self.graph, self.find, self.find_prepared = graph, find, find_prepared
        self.rows: list[list[int]] = []
        self.views: dict[int, View] = {}
        self.used = 0

    def hand_over(self, operation: str, symbol: Symbol, offset: int) -> None:
        """Write a value to its place among the weights, or their gradients."""
        for index in self.graph.list_needed([symbol.index]):
            if index not in self.views:
                self.views[index] = self._compute(index)
        shape = self._shape(symbol.index)
        self._write(operation, shape, View(0, 0, 0), [self.views[symbol.index].repeated(shape)], offset)

    def _compute(self, index: int) -> View:
        node, shape = self.graph.nodes[index], self._shape(index)
        inputs = [self.views[own] for own in node.inputs]
        shapes = [self._shape(own) for own in node.inputs]
        name = node.operation
        if name == "slice":
            axis, start, _ = node.detail
            step = inputs[0].column if axis == -1 else inputs[0].row
            return inputs[0]._replace(start=inputs[0].start + start * step)
        if name == "transpose":
            return View(inputs[0].start, inputs[0].column, inputs[0].row)
        if name == "concatenate":
            return self._concatenate(shape, inputs, shapes, by_row=node.detail[0] == -2)
        if name == "reshape":
            copy = self._emit("copy", shapes[0], inputs, shapes)
            return View(copy.start, shape[1], 1)
        if name in ("number", "zeros"):
            value = node.detail[0] if name == "number" else 0.0
            return self._emit("fill", (1, 1), extra=int(np.float64(value).view(np.int64)))._replace(row=0, column=0)
        if name in ("weight", "gradient"):
            offset = (self.find if name == "weight" else self.find_prepared)(str(node.detail[0]))
            return self._emit(f"load_{name}", shape, extra=offset)
        if name in ("sum", "amax"):
            out = self._take(math.prod(shape), shape)
            self._write(name, shapes[0], out.repeated(shape), inputs)
            return out
        if name == "matmul":
            return self._emit(name, shape, inputs, None, extra=shapes[0][1])
        if name == "matrix_exponential":
            copy = self._emit("copy", shape, inputs, shapes)
            out = self._take(3 * math.prod(shape), shape)  # two more to compute with
            self._write(name, shape, out, [copy])
            return out
        assert name in POINTWISE, f"{name} of weights is computed nowhere"
        return self._emit(name, shape, inputs, shapes)

    def _concatenate(
        self, shape: tuple[int, int], inputs: list[View], shapes: list[tuple[int, int]], by_row: bool
    ) -> View:
        out, start = self._take(math.prod(shape), shape), 0
        for view, own in zip(inputs, shapes, strict=True):
            at = out._replace(start=out.start + start * (out.row if by_row else out.column))
            self._write("copy", own, at, [view])
            start += own[0] if by_row else own[1]
        return out

    def _shape(self, index: int) -> tuple[int, int]:
        """Of a matrix; a vector is a row."""
        shape = (1, 1, *self.graph.nodes[index].shape)
        return shape[-2], shape[-1]

    def _take(self, size: int, shape: tuple[int, int]) -> View:
        start = self.used
        self.used += size
        return View(start, shape[1], 1)

    def _emit(
        self,
        operation: str,
        shape: tuple[int, int],
        inputs: Iterable[View] = (),
        shapes: list[tuple[int, int]] | None = None,
        extra: int = 0,
    ) -> View:
        out = self._take(math.prod(shape), shape)
        if shapes is not None:
            inputs = [view.repeated(own) for view, own in zip(inputs, shapes, strict=True)]
        self._write(operation, shape, out, list(inputs), extra)
        return out

    def _write(self, operation: str, shape: tuple[int, int], out: View, inputs: list[View], extra: int = 0) -> None:
        padded = [*inputs, *[View(0, 0, 0)] * (3 - len(inputs))]
        row = [CODES[operation], *shape, *out, *(number for view in padded for number in view), extra]
        assert len(row) == WIDTH
        self.rows.append(row)
