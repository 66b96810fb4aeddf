"""Learning curves: of every trial, and over the trials of a setting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import FINISHED
from seqmem import records

MOST_POSITIONS = 400
MEASURES = ["train_loss", "train_error", "test_loss", "test_error", "last_loss"]


def read_curves(sweep: Sweep, settings: Sequence[int] | None = None) -> pd.DataFrame:
    """Read the curves of all finished trials, or of those of some settings.

    What is damaged is left out, and said in `sweep.notes`.

    Returns:
        A row a trial and position: `setting`, `seed`, `sequences`, and the measures of curves.csv.
    """
    trials = sweep.trials[sweep.trials["status"].isin(FINISHED)]
    if settings is not None:
        trials = trials[trials["setting"].isin(settings)]
    columns: dict[str, list[float | None]] = {name: [] for name in ("setting", "seed", "sequences", *MEASURES)}
    for job, group in trials.groupby("job", sort=False):
        known = {
            trial: (setting, seed)
            for trial, setting, seed in group[["trial", "setting", "seed"]].itertuples(index=False)
        }
        try:
            rows = [row for row in records.read_curves(Path(str(job))) if row.trial in known]
        except records.RecordError as error:
            sweep.notes.append(f"skipped in the learning curves: {error}")
            continue
        columns["setting"] += [known[row.trial][0] for row in rows]
        columns["seed"] += [known[row.trial][1] for row in rows]
        for name in ("sequences", *MEASURES):
            columns[name] += [getattr(row, name) for row in rows]
    kinds = {name: "float64" if name in MEASURES else "int64" for name in columns}
    return pd.DataFrame(columns).astype(kinds)


def summarise_curves(curves: pd.DataFrame, measure: str = "train_error") -> pd.DataFrame:
    """Median and quartiles over the trials of each setting along its learning curves.

    Between two positions of its curve a trial's value is interpolated; after the last, where it was
    retired or diverged, it stays, so that the trials that are left do not speak for all.

    Returns:
        A row a setting and position: `setting`, `sequences`, `median`, `low`, `high`, `trials`.
    """
    tables = []
    for setting, group in curves.dropna(subset=[measure]).groupby("setting"):
        positions = _thin(np.unique(group["sequences"]))
        paths = [np.interp(positions, path["sequences"], path[measure]) for _, path in group.groupby("seed")]
        low, median, high = np.quantile(paths, [0.25, 0.5, 0.75], axis=0)
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
