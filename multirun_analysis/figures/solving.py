"""Solved trials by training sequences."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from multirun_analysis.figures.learning_curves import ALONG
from multirun_analysis.figures.legend import add_legend
from multirun_analysis.figures.marks import mark
from multirun_analysis.figures.panels import lay_out, spread
from multirun_analysis.figures.style import STYLE, choose_looks
from multirun_analysis.frames.settings import sort_key, varies


def draw_solving(solving: pd.DataFrame, settings: pd.DataFrame, keys: Sequence[str]) -> Figure:
    """Draw the share of trials that have met their criterion, a line a setting.

    Args:
        solving: What `summarise_solving` gave.
        settings: A sweep's settings.
        keys: A sweep's keys.
    """
    panels = spread(settings, keys)
    of_setting = {int(str(setting)): steps for setting, steps in solving.groupby("setting")}
    values = [None] if panels.by is None else sorted(set(settings[panels.by]), key=sort_key)
    looks = choose_looks(values)
    with rc_context(STYLE):
        figure, axes = lay_out(panels, sharex=not varies(settings, "task"))
        for ax, (_, group) in zip(axes, panels.panels, strict=True):
            for setting in group:
                if setting in of_setting:
                    look = looks[None if panels.by is None else settings[panels.by].iloc[setting]]
                    steps = of_setting[setting]
                    (drawn,) = ax.step(steps["sequences"], steps["solved"], where="post", **look)
                    mark(drawn, settings, setting, "solved")
            ax.set_ylim(-0.02, 1.02)
            ax.xaxis.set_major_locator(MaxNLocator(4 if len(axes) > 1 else 7))
            ax.xaxis.set_major_formatter(EngFormatter(sep=""))
        for ax in axes:  # some share it, so only when all are drawn
            ax.set_xlim(left=0)
        figure.supxlabel(ALONG, fontsize=9)
        figure.supylabel("share of trials that met the criterion", fontsize=9)
        add_legend(figure, panels, looks)
    return figure
