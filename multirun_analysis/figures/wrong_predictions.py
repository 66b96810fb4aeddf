"""Wrong predictions with every trial as a dot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from multirun_analysis.figures.legend import add_legend
from multirun_analysis.figures.marks import mark
from multirun_analysis.figures.panels import choose_along, lay_out, spread
from multirun_analysis.figures.style import MARKERS, STYLE, choose_looks
from multirun_analysis.frames.settings import format_value, sort_key

SHARE = 0.8  # of the room between two values of an axis that their dots take


def draw_wrong_predictions(
    trials: pd.DataFrame, summary: pd.DataFrame, settings: pd.DataFrame, keys: Sequence[str]
) -> Figure:
    """Draw each trial's wrong predictions as a dot and each setting's median as a bar.

    Args:
        trials: A sweep's trials.
        summary: What `summarise` gave.
        settings: A sweep's settings.
        keys: A sweep's keys.
    """
    along = choose_along(settings, keys)
    panels = spread(settings, keys, along)
    indices = {format_value(value): index for index, value in enumerate(sorted(set(settings[along]), key=sort_key))}
    values = [None] if panels.by is None else sorted(set(settings[panels.by]), key=sort_key)
    looks, room = choose_looks(values), SHARE / len(values)
    drawn = trials[trials["setting"].isin([setting for _, group in panels.panels for setting in group])]
    errors = {int(str(setting)): 100 * group.dropna() for setting, group in drawn.groupby("setting")["error_rate"]}
    with rc_context(STYLE):
        figure, axes = lay_out(panels)
        for ax, (_, group) in zip(axes, panels.panels, strict=True):
            for setting in group:
                median = summary["wrong_median"].iloc[setting] / summary["test_sequences"].iloc[setting]
                if pd.isna(median):
                    continue
                turn = 0 if panels.by is None else values.index(settings[panels.by].iloc[setting])
                centre = indices[format_value(settings[along].iloc[setting])] + (turn - (len(values) - 1) / 2) * room
                error, colour = errors[setting], looks[values[turn]]["color"]
                spots = centre + room * np.linspace(-0.3, 0.3, len(error)) * (len(error) > 1)
                dots = {"ms": 3.5, "color": colour, "alpha": 0.75, "mew": 0, "clip_on": False}
                mark(ax.plot(spots, error, MARKERS[turn % len(MARKERS)], **dots)[0], settings, setting, "dots")
                ends = [centre - 0.45 * room, centre + 0.45 * room]
                mark(ax.plot(ends, [100 * median] * 2, color=colour, lw=2)[0], settings, setting, "median")
            ax.set_xticks(list(indices.values()), list(indices))
            ax.set_xlim(-0.6, len(indices) - 0.4)
            ax.grid(axis="x", visible=False)
        axes[0].set_ylim(bottom=0)  # shared by all, so only when all are drawn
        figure.supxlabel(f"{along}\ndot: a trial, bar: their median", fontsize=9)
        figure.supylabel("wrong predictions (% of the test set)", fontsize=9)
        add_legend(figure, panels, looks, markers=True)
    return figure
