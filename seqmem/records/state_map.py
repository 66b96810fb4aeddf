"""How a small trained network moves its state: from its weights and its cell's own step, in numpy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqmem import cells, tasks
from seqmem.cells.cell import Cell
from seqmem.graph import Step, UntraceableError, evaluate, trace
from seqmem.records.weights import read_weights

MOST_STATES = 2  # numbers that make up a state
NOT_ARGUMENTS = ("_target_", "name", "bidirectional", "embedding_size", "readout", "attention", "initial_state")
LAYER = "_l0"
Floats = NDArray[np.float64]


class StateMap:
    """The state after a step, by the state before it and the symbol that is read.

    Attributes:
        names: What the numbers of a state are called: `h0`, `h1`; or of an LSTM `h0`, `c0`.
        symbols: What the symbols are called.
    """

    def __init__(self, step: Step, cell: Cell, weights: Mapping[str, NDArray[np.float32]], symbols: list[str]) -> None:
        self.step = step
        self.width = step.before[0].node.shape[0]
        self.names = [f"{state}{unit}" for state in cell.states for unit in range(self.width)]
        self.symbols = symbols
        own = {name: np.asarray(weights[f"recurrent.{name}{LAYER}"], np.float64) for name in step.weights}
        self.given: dict[int, Any] = {step.weights[name].index: value for name, value in own.items()}
        bias = np.asarray(weights.get(f"recurrent.bias_ih{LAYER}", 0.0), np.float64)
        self.inputs: Floats = np.asarray(weights[f"recurrent.weight_ih{LAYER}"], np.float64).T + bias  # (symbols, G H)

    def move(self, states: Floats, symbol: int) -> Floats:
        """The states, (n, D), after a symbol."""
        before = np.split(states, len(self.step.before), axis=1)
        x = np.broadcast_to(self.inputs[symbol], (len(states), self.inputs.shape[1]))
        given = self.given | {self.step.x.index: x}
        given |= {symbol.index: value for symbol, value in zip(self.step.before, before, strict=True)}
        after = evaluate(self.step.after, given)
        return np.concatenate([np.broadcast_to(value, (len(states), self.width)) for value in after], axis=1)


def read_state_map(folder: Path, config: Mapping[str, Any], trial: int = 0) -> StateMap | None:
    """Read how a trial's network moves its state.

    Returns:
        None unless it is one layer of one of seqmem's own cells, in one direction over symbols,
        whose state has MOST_STATES numbers at most; nothing foreign in a config is run.
    Raises:
        RecordError: if its weights are missing or damaged.
    """
    cell, hidden = _build_cell(config.get("model")), _read_width(config.get("hidden"))
    if cell is None or hidden is None or hidden * len(cell.states) > MOST_STATES:
        return None
    weights = read_weights(folder, trial)
    matrix = weights.get(f"recurrent.weight_ih{LAYER}")
    if matrix is None or f"recurrent.weight_ih{LAYER}_reverse" in weights:
        return None
    letters = _read_letters(config.get("task"))
    symbols = list(letters) if letters and len(letters) == matrix.shape[1] else list(map(str, range(matrix.shape[1])))
    try:
        return StateMap(trace(cell, hidden, matrix.shape[1]), cell, weights, symbols)
    except (UntraceableError, KeyError):  # what a step takes is not in the file as it is
        return None


def _build_cell(node: Any) -> Cell | None:
    package, _, name = str(node.get("_target_") if isinstance(node, Mapping) else "").rpartition(".")
    if package != "seqmem.cells" or node.get("bidirectional") or node.get("embedding_size"):
        return None
    kind = getattr(cells, name, None)
    if not (isinstance(kind, type) and issubclass(kind, Cell)):
        return None
    try:
        return kind(**{key: value for key, value in node.items() if key not in NOT_ARGUMENTS})
    except (TypeError, ValueError):
        return None


def _read_width(hidden: Any) -> int | None:
    widths = hidden if isinstance(hidden, list) else [hidden]
    return widths[0] if len(widths) == 1 and isinstance(widths[0], int) and widths[0] > 0 else None


def _read_letters(node: Any) -> str | None:
    package, _, name = str(node.get("_target_") if isinstance(node, Mapping) else "").rpartition(".")
    own = getattr(tasks, name, None) if package == "seqmem.tasks" and name in tasks.__all__ else None
    return getattr(own, "letters", None)
