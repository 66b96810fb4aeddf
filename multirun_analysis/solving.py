"""When the trials of a point met their criterion."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multirun_analysis.statistics.survival import kaplan_meier
from multirun_analysis.sweep import Sweep
from multirun_analysis.trials import FINISHED


def criterion_times(ended: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """When each of a point's finished trials met its criterion or was last seen without, and which.

    A trial that diverged would never have met it: it counts as seen until the last of its point.
    """
    met = ended["sequences_to_criterion"].notna().to_numpy(bool)
    seen = ended["sequences"].to_numpy("float64")
    seen = np.where(ended["status"] == "diverged", seen.max(initial=0), seen)
    times = ended["sequences_to_criterion"].astype("Float64").to_numpy("float64", na_value=np.nan)
    return np.where(met, times, seen), met


def summarise_solving(sweep: Sweep) -> pd.DataFrame:
    """The share of each point's trials that have met their criterion, by training sequences.

    Kaplan-Meier: trials that stopped without it count for as long as they were seen.

    Returns:
        A row a step: `point`, `sequences`, `solved`; from 0 to the last sequence of any trial.
    """
    ended = sweep.trials[sweep.trials["status"].isin(FINISHED)]
    tables = []
    for point, group in ended.groupby("point"):
        times, met = criterion_times(group)
        events, left, _ = kaplan_meier(times, met)
        share = np.concatenate([[0.0], 1 - left])
        places = np.concatenate([[0.0], events, [times.max()]])
        tables.append(pd.DataFrame({"point": point, "sequences": places, "solved": np.append(share, share[-1])}))
    return pd.concat(tables, ignore_index=True)
