"""Input sequences against training error: several networks of one document on one axis, with chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, PercentFormatter

from multirun_analysis.documents.findings import Finding
from multirun_analysis.figures.learning_curves import ALONG
from multirun_analysis.figures.style import COLOURS, DASHES, STYLE
from multirun_analysis.frames.curves import read_curves, summarise_curves
from multirun_analysis.frames.sweep import Sweep

MOST_PLACES = 120  # of a curve, denser at its end as the axis is


def draw_curves(
    findings: Sequence[Finding], sweep: Sweep, networks: Mapping[str, str], levels: Mapping[str, float]
) -> Figure | None:
    """Draw the training error of some networks; None if none of them was run.

    Args:
        findings: Of the document.
        sweep: Where their curves are.
        networks: The setting of each one's row, by what it is called in the legend.
        levels: Errors that mean something, by their names, drawn as lines: chance.
    """
    found = {
        finding.row.setting: finding.setting
        for finding in findings
        if finding.setting is not None and finding.matches_command
    }
    curves = summarise_curves(read_curves(sweep, list(found.values())))
    known = set(curves["setting"])  # what is damaged has none
    settings = {found[setting]: name for name, setting in networks.items() if found.get(setting) in known}
    if not settings:
        return None
    with rc_context(STYLE):
        figure = Figure(figsize=(8.6, 4.2), layout="constrained")
        ax = figure.subplots()
        for index, (setting, name) in enumerate(settings.items()):
            curve = curves[curves["setting"] == setting]
            curve = curve.iloc[np.unique(np.geomspace(1, len(curve), MOST_PLACES).round()).astype(int) - 1]
            look = {"color": COLOURS[index % len(COLOURS)], "linestyle": DASHES[index % len(DASHES)]}
            ax.fill_between(curve["sequences"], curve["low"], curve["high"], color=look["color"], alpha=0.18, lw=0)
            ax.plot(curve["sequences"], curve["median"], label=name, **look)
        for name, level in levels.items():
            ax.axhline(level, color="0.45", lw=0.9, zorder=1)
            ax.annotate(name, (1, level), (-2, 2), xycoords=("axes fraction", "data"), textcoords="offset points",
                        ha="right", va="bottom", fontsize=8, color="0.35")  # fmt: skip
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(EngFormatter(sep=""))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        ax.set_ylim(0, 1.02)
        ax.set_xlabel(f"{ALONG}; line: median over the trials, band: quartiles")
        ax.set_ylabel("training error, of sequences")
        figure.legend(loc="outside upper center", ncols=4, handlelength=3.2, fontsize=8)
    return figure
