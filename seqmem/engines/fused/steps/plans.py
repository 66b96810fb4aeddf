"""Plans, each made once for a cell's class, its arguments and a width."""

from __future__ import annotations

from collections.abc import Hashable

from seqmem.cells.cell import Cell
from seqmem.engines.fused.steps.errors import UncompiledError
from seqmem.engines.fused.steps.instructions import StepPlan
from seqmem.engines.fused.steps.step import plan_step
from seqmem.graph import UntraceableError
from seqmem.graph.preparation import Preparation, trace_preparation
from seqmem.graph.trace import identify

_FOUND: dict[Hashable, StepPlan | str] = {}
_PREPARED: dict[Hashable, Preparation] = {}


def find_plan(cell: Cell, hidden_size: int) -> StepPlan:
    """The plan of a cell's step in layers of a width; raises ValueError if there is none."""
    found = _find(cell, hidden_size)
    if isinstance(found, str):
        raise ValueError(found)
    return found


def find_preparation(cell: Cell, hidden_size: int, input_size: int) -> Preparation:
    """What becomes of a layer's weights once an update."""
    key = (identify(cell), hidden_size, input_size)
    if key not in _PREPARED:
        _PREPARED[key] = trace_preparation(cell, hidden_size, input_size)
    return _PREPARED[key]


def find_reason(cell: Cell, hidden_size: int) -> str | None:
    """Why a cell cannot be compiled, in one clause; None if it can."""
    found = _find(cell, hidden_size)
    return found if isinstance(found, str) else None


def _find(cell: Cell, hidden_size: int) -> StepPlan | str:
    key = (identify(cell), hidden_size)
    if key not in _FOUND:
        try:
            _FOUND[key] = plan_step(cell, hidden_size)
        except (UntraceableError, UncompiledError) as error:
            _FOUND[key] = f"{type(cell).__name__} cannot be compiled: {error}"
    return _FOUND[key]
