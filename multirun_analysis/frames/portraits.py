"""How small networks move their states: maps and fixed points."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multirun_analysis.frames.sweep import Sweep
from seqmem import records

Floats = NDArray[np.float64]
MOST_SYMBOLS = {1: 10, 2: 4}  # by how many numbers a state has: of two, each symbol has a panel of its own
FINE, COARSE = 201, 11  # places along the state's only number; along each of two
REACH = {"h": 1.05, "c": 5.0}  # how far the numbers of a state go
STARTS = 40  # places from which fixed points are looked for, about
ROUNDS, CLOSE, STEP = 40, 1e-7, 1e-5  # of Newton's method, where it has arrived, and of its slopes


@dataclass(frozen=True)
class Move:
    """What one symbol does to the state.

    symbol: What it is called.
    before, after: (n, D), states on a grid and where they go.
    fixed: (k, D), states that stay.
    stable: (k,), whether nearby states come closer.
    """

    symbol: str
    before: Floats
    after: Floats
    fixed: Floats
    stable: NDArray[np.bool_]


@dataclass(frozen=True)
class Portrait:
    """A setting's first trial: what the numbers of its state are called, and a move for each symbol."""

    setting: int
    names: list[str]
    moves: list[Move]


def read_portraits(sweep: Sweep) -> list[Portrait]:
    """Read the phase portraits of those settings whose state has one number or two.

    What is damaged is left out, and said in `sweep.notes`.
    """
    found: dict[int, Portrait] = {}
    jobs = sweep.jobs[sweep.jobs["status"] == "done"]
    for job, setting, config in zip(jobs["job"], jobs["setting"], jobs["config"], strict=True):
        if setting in found or str(config.get("model._target_", "")).rpartition(".")[0] != "seqmem.cells":
            continue
        if not isinstance(config.get("hidden"), int) or config["hidden"] > len(REACH):
            continue
        try:
            own = records.read_state_map(Path(str(job)), records.read_result(Path(str(job))).config)
        except records.RecordError as error:
            sweep.notes.append(f"skipped in the phase portraits: {error}")
            continue
        if own is not None:
            found[setting] = _draw_up(int(setting), own)
    return [found[setting] for setting in sorted(found)]


def _draw_up(setting: int, own: records.StateMap) -> Portrait:
    reach = np.array([REACH.get(name[0], 1.0) for name in own.names])
    count = FINE if len(reach) == 1 else COARSE
    grid = np.stack(np.meshgrid(*(np.linspace(-end, end, count) for end in reach), indexing="ij"), axis=-1)
    before = grid.reshape(-1, len(reach))
    moves = []
    for symbol, name in enumerate(own.symbols[: MOST_SYMBOLS[len(reach)]]):
        fixed, stable = find_fixed(own, symbol, before[:: max(1, len(before) // STARTS)], 1.05 * reach)
        moves.append(Move(name, before, own.move(before, symbol), fixed, stable))
    return Portrait(setting, own.names, moves)


def find_fixed(own: records.StateMap, symbol: int, starts: Floats, reach: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The states that a symbol leaves where they are, by Newton's method, and whether they are stable."""
    states, size = starts.copy(), starts.shape[1]
    for _ in range(ROUNDS):
        slopes = _differentiate(own, symbol, states) - np.eye(size)
        gap = own.move(states, symbol) - states
        singular = np.abs(np.linalg.det(slopes)) < CLOSE
        slopes[singular] = -np.eye(size)  # there the map itself leads on
        states = np.clip(states - np.linalg.solve(slopes, gap[..., None])[..., 0], -2 * reach, 2 * reach)
    arrived = np.abs(own.move(states, symbol) - states).max(1) < CLOSE
    inside = (np.abs(states) <= reach).all(1)
    kept = np.unique(states[arrived & inside].round(4), axis=0)
    sizes = np.abs(np.linalg.eigvals(_differentiate(own, symbol, kept))).max(1) if len(kept) else np.empty(0)
    return kept, sizes < 1


def _differentiate(own: records.StateMap, symbol: int, states: Floats) -> Floats:
    """(n, D, D), slopes of the state after by the state before."""
    columns = []
    for unit in range(states.shape[1]):
        step = STEP * np.eye(states.shape[1])[unit]
        columns.append((own.move(states + step, symbol) - own.move(states - step, symbol)) / (2 * STEP))
    return np.stack(columns, axis=-1)
