"""When the trials of a setting met their criterion."""

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
    """When the finished trials of each setting met their criterion or were last seen without, and which.

    A trial that diverged would never have met it: it counts as seen until the last of its setting.

    Args:
        ended: Trials, in the order of their settings.
    Yields:
        A setting, and for each of its trials the sequences and whether it met the criterion.
    """
    met = ended["sequences_to_criterion"].notna().to_numpy(bool)
    last = ended.groupby("setting")["sequences"].transform("max")
    seen = ended["sequences"].where(ended["status"] != "diverged", last)
    times = ended["sequences_to_criterion"].fillna(seen).to_numpy("float64")
    settings, starts = np.unique(ended["setting"], return_index=True)
    parts = zip(settings.tolist(), np.split(times, starts[1:]), np.split(met, starts[1:]), strict=True)
    yield from parts if len(settings) else ()


def summarise_solving(sweep: Sweep, settings: Sequence[int] | None = None) -> pd.DataFrame:
    """The share of each setting's trials that have met their criterion, by training sequences.

    Kaplan-Meier: trials that stopped without it count for as long as they were seen.

    Returns:
        A row a step: `setting`, `sequences`, `solved`; from 0 to the last sequence of any trial.
    """
    ended = sweep.trials[sweep.trials["status"].isin(FINISHED)]
    if settings is not None:
        ended = ended[ended["setting"].isin(settings)]
    tables = []
    for setting, times, met in criterion_times(ended):
        events, left, _ = kaplan_meier(times, met)
        share = np.concatenate([[0.0], 1 - left])
        positions = np.concatenate([[0.0], events, [times.max()]])
        tables.append(pd.DataFrame({"setting": setting, "sequences": positions, "solved": np.append(share, share[-1])}))
    return pd.concat(tables, ignore_index=True)
