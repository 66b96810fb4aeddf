"""Printed losses by epoch on the losses of our trials, a panel a network."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib import rc_context
from matplotlib.figure import Figure

from multirun_analysis.documents.findings import Finding
from multirun_analysis.figures.style import COLOURS, STYLE
from multirun_analysis.frames.curves import read_curves, summarise_curves
from multirun_analysis.frames.sweep import Sweep

WRAP = 24  # characters of a panel's title in one line


def draw_losses(findings: Sequence[Finding], sweep: Sweep) -> Figure | None:
    """Draw those networks whose losses at some sequences are compared; None if there are none.

    Args:
        findings: Of the document, whose epochs have one sequence.
        sweep: Where the curves are.
    """
    networks: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.is_compared and finding.row.figure == "train_loss" and finding.row.at:
            networks.setdefault(finding.row.network, []).append(finding)
    if not networks:
        return None
    with rc_context(STYLE):
        figure = Figure(figsize=(8.6, 3.0), layout="constrained")
        axes = figure.subplots(1, len(networks), squeeze=False)[0]
        for ax, (network, own) in zip(axes, networks.items(), strict=True):
            assert own[0].setting is not None
            curves = read_curves(sweep, [own[0].setting])
            for _, curve in curves.groupby("seed"):
                ax.plot(curve["sequences"], curve["train_loss"], color=COLOURS[0], alpha=0.3, lw=0.7)
            middle = summarise_curves(curves, "train_loss")
            ax.plot(middle["sequences"], middle["median"], color=COLOURS[0])
            sequences = [int(finding.row.at) for finding in own]
            ax.scatter(sequences, [finding.printed for finding in own], marker="D", s=20, color=COLOURS[4], zorder=3)
            ax.set_title(textwrap.fill(network, WRAP), fontsize=8)
            ax.set_ylim(bottom=0)
        axes[0].set_ylabel("training loss")
        figure.supxlabel("epoch; thin: each trial, line: their median, diamond: the document's one run", fontsize=9)
    return figure
