"""Solved trials as a heat map: models down, sizes across."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from multirun_analysis.figures.marks import mark
from multirun_analysis.figures.panels import choose_along, lay_out, spread
from multirun_analysis.figures.style import STYLE
from multirun_analysis.frames.settings import format_value, sort_key


def draw_solved_rate(summary: pd.DataFrame, settings: pd.DataFrame, keys: Sequence[str]) -> Figure:
    """Draw a cell a setting, with its solved trials of all.

    Args:
        summary: What `summarise` gave.
        settings: A sweep's settings.
        keys: A sweep's keys.
    """
    along = choose_along(settings, keys)
    panels = spread(settings, keys, along)
    across = [format_value(value) for value in sorted(set(settings[along]), key=sort_key)]
    down = [""] if panels.by is None else [format_value(v) for v in sorted(set(settings[panels.by]), key=sort_key)]
    with rc_context(STYLE | {"axes.grid": False, "axes.spines.left": False, "axes.spines.bottom": False}):
        figure, axes = lay_out(panels)
        for ax, (_, group) in zip(axes, panels.panels, strict=True):
            share = np.full((len(down), len(across)), np.nan)
            for setting in group:
                row = 0 if panels.by is None else down.index(format_value(settings[panels.by].iloc[setting]))
                column = across.index(format_value(settings[along].iloc[setting]))
                share[row, column] = summary["solved_rate"].iloc[setting]
                text = f"{summary['solved'].iloc[setting]}/{summary['trials'].iloc[setting]}"
                dark = share[row, column] > 0.55
                colour = "white" if dark else "black"
                drawn = ax.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
                mark(drawn, settings, setting, "solved")
            ax.imshow(share, cmap="Blues", vmin=0, vmax=1.15, aspect="auto", interpolation="none")
            ax.set_xticks(range(len(across)), across)
            ax.set_yticks(range(len(down)), down)
            ax.set_xticks(np.arange(1, len(across)) - 0.5, minor=True)
            ax.set_yticks(np.arange(1, len(down)) - 0.5, minor=True)
            ax.grid(which="minor", color="white", linewidth=1.5)
            ax.tick_params(which="both", length=0)
        figure.supxlabel(f"{along}\ncell: trials that met the criterion, of all", fontsize=9)
        figure.supylabel(panels.by or "", fontsize=9)
        width, _ = figure.get_size_inches()
        figure.set_size_inches(width, -(-len(axes) // panels.columns) * (0.4 * len(down) + 0.8) + 1.0)
    return figure
