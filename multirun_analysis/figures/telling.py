"""Which settings a figure shows where there are too many for all."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from multirun_analysis.figures.marks import number_settings
from multirun_analysis.frames.sweep import Sweep

MOST_SETTINGS = 10
UNDER_WAY = ["running", "interrupted"]
ORDER = ["solved_rate", "error_rate_median", "sequences_to_criterion"]


def choose_telling(summary: pd.DataFrame, most: int = MOST_SETTINGS) -> list[int]:
    """The most telling settings: the best, the worst, and those nearest to the boundary between them.

    Best is solved by most trials, then least wrong, then soonest. At the boundary about half of the
    trials are solved; where no setting is in between, the error is half way between the extremes.

    Returns:
        All settings that have begun if they are no more than `most`, else so many, in the order of the summary.
    """
    begun = summary.reindex(columns=["trials", *UNDER_WAY]).fillna(0).sum(axis=1) > 0
    known = summary[begun]
    if len(known) <= most:
        return [int(setting) for setting in known.index]
    ordered = known.sort_values(ORDER, ascending=[False, True, True], na_position="last", kind="stable")
    best, worst = most - 2 * (most // 3), most // 3
    left = ordered.iloc[best : len(ordered) - worst]
    error = left["error_rate_median"].astype("float64")
    distance = (left["solved_rate"] - 0.5).abs().where(left["solved_rate"].between(0, 1, inclusive="neither"), 1.0)
    half = (error - (error.min() + error.max()) / 2).abs()
    nearest = left.assign(distance=distance, half=half).sort_values(["distance", "half"], kind="stable")[: most // 3]
    chosen = [*ordered.index[:best], *nearest.index, *ordered.index[len(ordered) - worst :]]
    return sorted(int(setting) for setting in chosen)


def keep_settings(sweep: Sweep, settings: list[int]) -> Sweep:
    """A sweep of some of its settings, which are numbered anew in their order."""
    number = {setting: index for index, setting in enumerate(settings)}
    trials, jobs = (frame[frame["setting"].isin(settings)] for frame in (sweep.trials, sweep.jobs))
    rows = sweep.settings.loc[settings].reset_index(drop=True)
    rows.index.name = sweep.settings.index.name
    number_settings(rows, settings)
    return replace(
        sweep,
        trials=trials.assign(setting=trials["setting"].map(number)),
        jobs=jobs.assign(setting=jobs["setting"].map(number)),
        settings=rows,
        chance=[sweep.chance[setting] for setting in settings],
    )
