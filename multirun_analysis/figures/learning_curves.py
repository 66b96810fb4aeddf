"""Input sequences passed through the network against training error."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from multirun_analysis.figures.legend import add_legend
from multirun_analysis.figures.panels import lay_out, spread
from multirun_analysis.figures.style import STYLE, choose_looks
from multirun_analysis.points import sort_key, varies

ALONG = "input sequences passed through the network"
LOG_RATIO = 8  # where budgets used differ more than this, the sequences stand on a log axis


def draw_learning_curves(
    curves: pd.DataFrame, points: pd.DataFrame, keys: Sequence[str], measure: str = "training error"
) -> Figure:
    """Draw a line a point with its quartile band, small multiples where several keys vary.

    Args:
        curves: What `summarise_curves` gave.
        points: A sweep's points.
        keys: A sweep's keys.
        measure: What the curves show, for the axis.
    """
    panels = spread(points, keys)
    of_point = {int(str(point)): curve for point, curve in curves.groupby("point")}
    values = [None] if panels.by is None else sorted(set(points[panels.by]), key=sort_key)
    looks = choose_looks(values)
    ends = curves.groupby("point")["sequences"].max()
    several_tasks = varies(points, "task")
    with rc_context(STYLE):
        figure, axes = lay_out(panels, sharex=not several_tasks)
        for ax, (_, group) in zip(axes, panels.panels, strict=True):
            for point in group:
                if point not in of_point:
                    continue
                curve = of_point[point]
                look = looks[None if panels.by is None else points[panels.by].iloc[point]]
                ax.fill_between(curve["sequences"], curve["low"], curve["high"], color=look["color"], alpha=0.18, lw=0)
                ax.plot(curve["sequences"], curve["median"], **look)
        for ax in axes:  # some share their limits, so only when all are drawn
            if ends.max() > LOG_RATIO * ends.min():
                ax.set_xscale("log")
            else:
                ax.set_xlim(left=0)
                ax.xaxis.set_major_locator(MaxNLocator(4 if len(axes) > 1 else 7))
                ax.xaxis.set_major_formatter(EngFormatter(sep=""))
            ax.set_ylim(0, min(1.0, max(curves["high"].max() * 1.05, 0.1)) if len(curves) else 1)
        figure.supxlabel(f"{ALONG}\nline: median over the trials, band: quartiles", fontsize=9)
        figure.supylabel(f"{measure} (share of sequences wrong)", fontsize=9)
        add_legend(figure, panels, looks)
    return figure
