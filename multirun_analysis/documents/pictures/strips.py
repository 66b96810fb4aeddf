"""Printed figures on the distribution of our trials: a strip of dots a network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.formats import format_percentile, write
from multirun_analysis.figures.style import COLOURS, STYLE

GOLDEN = (5**0.5 - 1) / 2  # spreads the dots of one strip evenly without a pattern
STRIP = 0.36  # inches


def draw_strips(findings: Sequence[Finding]) -> Figure | None:
    """Draw those of some findings that are compared, a panel a label; None if there are none."""
    compared = [finding for finding in findings if finding.is_compared and np.isfinite(finding.values).all()]
    panels: dict[str, list[Finding]] = {}
    for finding in compared:
        panels.setdefault(finding.row.label, []).append(finding)
    if not panels:
        return None
    with rc_context(STYLE):
        height = STRIP * sum(len(own) + 2 for own in panels.values()) + 0.6
        figure = Figure(figsize=(8.6, height), layout="constrained")
        ratios = [len(own) + 1 for own in panels.values()]
        axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=ratios)[:, 0]
        for ax, (label, own) in zip(axes, panels.items(), strict=True):
            for index, finding in enumerate(own):
                values = np.array(finding.values)
                spread = (np.arange(len(values)) * GOLDEN % 1 - 0.5) * 0.6
                ax.scatter(values, index + spread, s=9, color=COLOURS[0], alpha=0.45, lw=0)
                ax.vlines(finding.median, index - 0.38, index + 0.38, color=COLOURS[0], lw=1.6)
                ax.scatter([finding.printed], [index], marker="D", s=38, color=COLOURS[4], zorder=3)
                assert finding.percentile is not None
                ax.annotate(
                    format_percentile(finding.percentile),
                    (1.01, index),
                    xycoords=("axes fraction", "data"),
                    va="center",
                    fontsize=8,
                )
            names, shared = _shorten([finding.row.network for finding in own])
            ax.set_yticks(range(len(own)), names)
            ax.set_ylim(len(own) - 0.4, -0.6)
            ax.set_title(f"{label} ({shared})" if shared else label)
            if write(own[0], 1) == "100.00 %":
                ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        axes[0].annotate("percentile", (1.01, 1.02), xycoords="axes fraction", fontsize=8, color="0.35")
        figure.supxlabel("dot: one of our trials, bar: their median, diamond: the document's one run", fontsize=9)
    return figure


def _shorten(names: Sequence[str]) -> tuple[list[str], str]:
    """Names without the words after commas that all of them end with, and those words."""
    parts = [name.split(", ") for name in names]
    shared = 0
    while (
        len(names) > 1 and all(len(own) > shared + 1 for own in parts) and len({own[-1 - shared] for own in parts}) == 1
    ):
        shared += 1
    return [", ".join(own[: len(own) - shared]) for own in parts], ", ".join(parts[0][len(parts[0]) - shared :])
