"""Sweeps whose truth is known: made by simulation, without folders."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from multirun_analysis import compare, conclude, summarise
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import build_trials

TESTED = 3000
BUDGET = 64_000
Draw = Callable[[Mapping[str, Any], int, np.random.Generator], Mapping[str, Any]]
COUNTS = ["wrong", "sequences", "sequences_to_criterion", "test_sequences", "parameters"]


def draw_errors(error: float | np.ndarray) -> dict[str, Any]:
    """Trials of which none solves its task, with these error rates."""
    wrong = np.clip(np.rint(TESTED * np.asarray(error)), 0, TESTED)
    return {"wrong": wrong, "solved": np.zeros(len(wrong), bool), "sequences_to_criterion": np.full(len(wrong), np.nan)}


def draw_solving(rng: np.random.Generator, trials: int, share: float, speed: float = 1.0) -> dict[str, Any]:
    """Trials of which a share solves its task; those that do not are wrong in about half of their answers."""
    solved = rng.random(trials) < share
    times = np.clip(np.rint(BUDGET * rng.beta(3, 3, trials) / speed), 1, BUDGET)
    errors = np.where(solved, 0, rng.normal(0.5, 0.05, trials))
    return draw_errors(errors) | {"solved": solved, "sequences_to_criterion": np.where(solved, times, np.nan)}


def make_sweep(
    levels: Mapping[str, Sequence[Any]],
    draw: Draw,
    rng: np.random.Generator,
    trials: int | Callable[[np.random.Generator], int] = 10,
    chance: float | None = 0.9,
    diverged: float = 0.0,
    kept: float = 1.0,
    parameters: Callable[[Mapping[str, Any]], int] = lambda _: 100,
) -> Sweep:
    """A grid over some keys, or a part of it.

    Args:
        levels: The values of each key.
        draw: Draws the trials of a setting: `wrong`, `solved` and `sequences_to_criterion`.
        trials: How many trials a setting has.
        diverged: The chance that a trial diverges.
        kept: The share of the grid's settings that is there.
    """
    grid = [dict(zip(levels, values, strict=True)) for values in product(*levels.values())]
    if kept < 1:
        grid = [setting for setting in grid if rng.random() < kept] or grid[:2]
    frame = pd.DataFrame(grid)
    frame.insert(0, "task", "made")
    frame.index.name = "setting"
    parts = []
    for setting, values in enumerate(grid):
        count = trials if isinstance(trials, int) else trials(rng)
        lost = rng.random(count) < diverged
        own = pd.DataFrame(draw(values, count, rng))
        own.loc[lost, "solved"] = False
        own.loc[lost, ["wrong", "sequences_to_criterion"]] = np.nan
        own = own.assign(setting=setting, seed=range(count), trial=range(count), parameters=parameters(values))
        parts.append(own.assign(status=np.where(lost, "diverged", "done")))
    table = pd.concat(parts, ignore_index=True)
    table = table.assign(test_sequences=TESTED, sequences=table["sequences_to_criterion"].fillna(BUDGET))
    table["error_rate"] = (table["wrong"] / TESTED).astype("float64")
    empty = build_trials([], [])
    table = table.reindex(columns=list(empty.columns)).astype(empty.dtypes[COUNTS].to_dict())
    table = table.astype({"solved": "boolean", "mean_test_error": "float64", "wall_time_s": "float64"})
    table = table.astype({"outside_tolerance": "Int64"}).join(frame, on="setting")
    return Sweep(
        trials=table,
        settings=frame,
        jobs=pd.DataFrame({"job": [], "config": [], "setting": []}),
        keys=list(frame),
        followers={},
        dotted={key: key for key in frame},
        constants={},
        chance=[chance] * len(frame),
        notes=[],
    )


def say(sweep: Sweep) -> list[str]:
    """What the report says of a sweep."""
    return conclude(sweep, summarise(sweep), compare(sweep))


def find(sweep: Sweep) -> pd.DataFrame:
    """The comparisons that are shown."""
    comparisons = compare(sweep)
    return comparisons[comparisons["shown"]]
