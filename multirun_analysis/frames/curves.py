"""Learning curves: of every trial, and over the trials of a setting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import FINISHED
from seqmem import records

MOST_POSITIONS = 400
MEASURES = ["train_loss", "train_error", "test_loss", "test_error", "last_loss", "validation_loss", "validation_error"]


def read_curves(sweep: Sweep, settings: Sequence[int] | None = None, so_far: bool = False) -> pd.DataFrame:
    """Read the curves of all finished trials, or of those of some settings.

    What is damaged is left out, and said in `sweep.notes`.

    Args:
        sweep: What `read_sweep` gave.
        settings: Of some settings only.
        so_far: Read those of trials that are under way as well, as they were saved last.
    Returns:
        A row a trial and position: `setting`, `seed`, `sequences`, the measures of curves.csv, and
        `ended`, whether the trial has.
    """
    trials = sweep.trials if settings is None else sweep.trials[sweep.trials["setting"].isin(settings)]
    columns: dict[str, list[Any]] = {name: [] for name in ("setting", "seed", "sequences", *MEASURES, "ended")}
    for job, group in trials.groupby("job", sort=False):
        ended = group["status"].isin(FINISHED)
        try:
            _add_curves(columns, Path(str(job)), group[ended])
            if so_far and not ended.all():
                _add_curves_so_far(columns, Path(str(job)), group[~ended])
        except records.RecordError as error:
            sweep.notes.append(f"skipped in the learning curves: {error}")
    kinds = {name: "float64" if name in MEASURES else "bool" if name == "ended" else "int64" for name in columns}
    return pd.DataFrame(columns).astype(kinds)


def _add_curves(columns: dict[str, list[Any]], job: Path, trials: pd.DataFrame) -> None:
    """Add the curves of a job's finished trials."""
    if trials.empty:
        return
    known = {
        trial: (setting, seed) for trial, setting, seed in trials[["trial", "setting", "seed"]].itertuples(index=False)
    }
    rows = [row for row in records.read_curves(job) if row.trial in known]
    columns["setting"] += [known[row.trial][0] for row in rows]
    columns["seed"] += [known[row.trial][1] for row in rows]
    columns["ended"] += [True] * len(rows)
    for name in ("sequences", *MEASURES):
        columns[name] += [getattr(row, name) for row in rows]


def _add_curves_so_far(columns: dict[str, list[Any]], job: Path, trials: pd.DataFrame) -> None:
    """Add what there is of the curves of a job's other trials."""
    found = records.read_curves_so_far(job)
    for setting, seed in trials[["setting", "seed"]].itertuples(index=False):
        points = list(found.get(seed, []))
        columns["setting"] += [setting] * len(points)
        columns["seed"] += [seed] * len(points)
        columns["ended"] += [False] * len(points)
        for name in ("sequences", *MEASURES):
            columns[name] += [getattr(point, name) for point in points]


def summarise_curves(curves: pd.DataFrame, measure: str = "train_error") -> pd.DataFrame:
    """Median and quartiles over the trials of each setting along its learning curves.

    Between two positions of its curve a trial's value is interpolated; after the last, where it was
    retired or diverged, it stays, so that the trials that are left do not speak for all. A trial
    that is under way counts as far as it has come.

    Returns:
        A row a setting and position: `setting`, `sequences`, `median`, `low`, `high`, `trials`.
    """
    tables = []
    for setting, group in curves.dropna(subset=[measure]).groupby("setting"):
        positions = _thin(np.unique(group["sequences"]))
        paths = [
            np.interp(positions, path["sequences"], path[measure], right=None if path["ended"].iloc[0] else np.nan)
            for _, path in group.groupby("seed")
        ]
        quantile = np.quantile if group["ended"].all() else np.nanquantile  # which takes ten times as long
        low, median, high = quantile(paths, [0.25, 0.5, 0.75], axis=0)
        summary = {"sequences": positions, "median": median, "low": low, "high": high}
        tables.append(pd.DataFrame({"setting": setting, **summary, "trials": len(paths)}))
    columns = ["setting", "sequences", "median", "low", "high", "trials"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def thin_curves(curves: pd.DataFrame, measure: str = "train_error", most: int = 100) -> pd.DataFrame:
    """Keep some positions of each trial's curve, to draw: `setting`, `seed`, `sequences`, `value`."""
    table = curves.dropna(subset=[measure]).rename(columns={measure: "value"})
    trials = table.groupby(["setting", "seed"])
    step = -(-trials["value"].transform("size") // most)
    kept = (trials.cumcount() % step == 0) | (trials.cumcount(ascending=False) == 0)
    return table.loc[kept, ["setting", "seed", "sequences", "value"]].reset_index(drop=True)


def _thin(positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most MOST_POSITIONS of some positions, first and last among them."""
    if len(positions) <= MOST_POSITIONS:
        return positions
    chosen = np.linspace(0, len(positions) - 1, MOST_POSITIONS).round().astype(int)
    return np.asarray(positions[chosen])
