"""When the trials of a point met their criterion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import FINISHED
from multirun_analysis.statistics.survival import kaplan_meier

Floats = NDArray[np.float64]


def criterion_times(ended: pd.DataFrame) -> Iterator[tuple[int, Floats, NDArray[np.bool_]]]:
    """When the finished trials of each point met their criterion or were last seen without, and which.

    A trial that diverged would never have met it: it counts as seen until the last of its point.

    Args:
        ended: Trials, in the order of their points.
    Yields:
        A point, and for each of its trials the sequences and whether it met the criterion.
    """
    met = ended["sequences_to_criterion"].notna().to_numpy(bool)
    last = ended.groupby("point")["sequences"].transform("max")
    seen = ended["sequences"].where(ended["status"] != "diverged", last)
    times = ended["sequences_to_criterion"].fillna(seen).to_numpy("float64")
    points, starts = np.unique(ended["point"], return_index=True)
    parts = zip(points.tolist(), np.split(times, starts[1:]), np.split(met, starts[1:]), strict=True)
    yield from parts if len(points) else ()


def summarise_solving(sweep: Sweep, points: Sequence[int] | None = None) -> pd.DataFrame:
    """The share of each point's trials that have met their criterion, by training sequences; or of some points only.

    Kaplan-Meier: trials that stopped without it count for as long as they were seen.

    Returns:
        A row a step: `point`, `sequences`, `solved`; from 0 to the last sequence of any trial.
    """
    ended = sweep.trials[sweep.trials["status"].isin(FINISHED)]
    if points is not None:
        ended = ended[ended["point"].isin(points)]
    tables = []
    for point, times, met in criterion_times(ended):
        events, left, _ = kaplan_meier(times, met)
        share = np.concatenate([[0.0], 1 - left])
        places = np.concatenate([[0.0], events, [times.max()]])
        tables.append(pd.DataFrame({"point": point, "sequences": places, "solved": np.append(share, share[-1])}))
    return pd.concat(tables, ignore_index=True)
