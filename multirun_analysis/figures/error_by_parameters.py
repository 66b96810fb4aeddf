"""Error against the number of trained weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

from multirun_analysis.figures.legend import add_legend
from multirun_analysis.figures.marks import mark
from multirun_analysis.figures.panels import lay_out, spread
from multirun_analysis.figures.style import MARKERS, STYLE, choose_looks
from multirun_analysis.frames.settings import sort_key


def draw_error_by_parameters(summary: pd.DataFrame, settings: pd.DataFrame, keys: Sequence[str]) -> Figure:
    """Draw each setting's error rate and its interval over its parameters; sizes of a model joined.

    Args:
        summary: What `summarise` gave.
        settings: A sweep's settings.
        keys: A sweep's keys.
    """
    panels = spread(settings, keys, along="hidden")
    values = [None] if panels.by is None else sorted(set(settings[panels.by]), key=sort_key)
    looks = choose_looks(values)
    with rc_context(STYLE):
        figure, axes = lay_out(panels)
        for ax, (_, group) in zip(axes, panels.panels, strict=True):
            shown = summary.loc[group].dropna(subset=["error_rate"])
            for index, value in enumerate(values):
                rows = shown if panels.by is None else shown[shown[panels.by].map(sort_key) == sort_key(value)]
                rows = rows.sort_values("parameters")
                error = rows["error_rate_median"]
                ends = [error - rows["error_rate_low"].fillna(error), rows["error_rate_high"].fillna(error) - error]
                marker: dict[str, Any] = {"marker": MARKERS[index % len(MARKERS)], "markersize": 4.5}
                heights = [(100 * end).clip(lower=0) for end in ends]
                places = rows["parameters"].astype(float)
                ax.plot(places, 100 * error, **looks[value])
                for row, setting in enumerate(map(int, rows.index)):
                    height = [[heights[0].iloc[row]], [heights[1].iloc[row]]]
                    look = marker | {"color": looks[value]["color"], "elinewidth": 1}
                    (dot, _, (bar,)) = ax.errorbar(places.iloc[row], 100 * error.iloc[row], height, **look)
                    mark(dot, settings, setting, "dot")
                    mark(bar, settings, setting, "bar")
            ax.set_xscale("log")
            ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.xaxis.set_major_formatter(EngFormatter(sep=""))
            ax.xaxis.set_minor_locator(NullLocator())
        axes[0].set_ylim(bottom=0)  # shared by all, so only when all are drawn
        figure.supxlabel("trained weights\npoint: median of the trials, bar: its 95 % interval", fontsize=9)
        figure.supylabel("wrong predictions (% of the test set)", fontsize=9)
        add_legend(figure, panels, looks)
    return figure
