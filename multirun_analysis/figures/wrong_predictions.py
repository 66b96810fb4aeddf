"""Wrong predictions with every trial as a dot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from multirun_analysis.figures.legend import add_legend
from multirun_analysis.figures.panels import choose_along, lay_out, spread
from multirun_analysis.figures.style import MARKERS, STYLE, choose_looks
from multirun_analysis.frames.points import sort_key, write_value

SHARE = 0.8  # of the room between two values of an axis that their dots take


def draw_wrong_predictions(
    trials: pd.DataFrame, summary: pd.DataFrame, points: pd.DataFrame, keys: Sequence[str]
) -> Figure:
    """Draw each trial's wrong predictions as a dot and each point's median as a bar.

    Args:
        trials: A sweep's trials.
        summary: What `summarise` gave.
        points: A sweep's points.
        keys: A sweep's keys.
    """
    along = choose_along(points, keys)
    panels = spread(points, keys, along)
    places = {write_value(value): place for place, value in enumerate(sorted(set(points[along]), key=sort_key))}
    values = [None] if panels.by is None else sorted(set(points[panels.by]), key=sort_key)
    looks, room = choose_looks(values), SHARE / len(values)
    drawn = trials[trials["point"].isin([point for _, group in panels.panels for point in group])]
    errors = {int(str(point)): 100 * group.dropna() for point, group in drawn.groupby("point")["error_rate"]}
    with rc_context(STYLE):
        figure, axes = lay_out(panels)
        for ax, (_, group) in zip(axes, panels.panels, strict=True):
            for point in group:
                median = summary["wrong_median"].iloc[point] / summary["test_sequences"].iloc[point]
                if pd.isna(median):
                    continue
                turn = 0 if panels.by is None else values.index(points[panels.by].iloc[point])
                centre = places[write_value(points[along].iloc[point])] + (turn - (len(values) - 1) / 2) * room
                error, colour = errors[point], looks[values[turn]]["color"]
                spots = centre + room * np.linspace(-0.3, 0.3, len(error)) * (len(error) > 1)
                ax.plot(
                    spots, error, MARKERS[turn % len(MARKERS)], ms=3.5, color=colour, alpha=0.75, mew=0, clip_on=False
                )
                ax.plot([centre - 0.45 * room, centre + 0.45 * room], [100 * median] * 2, color=colour, lw=2)
            ax.set_xticks(list(places.values()), list(places))
            ax.set_xlim(-0.6, len(places) - 0.4)
            ax.grid(axis="x", visible=False)
        axes[0].set_ylim(bottom=0)  # shared by all, so only when all are drawn
        figure.supxlabel(f"{along}\ndot: a trial, bar: their median", fontsize=9)
        figure.supylabel("wrong predictions (% of the test set)", fontsize=9)
        add_legend(figure, panels, looks, markers=True)
    return figure
