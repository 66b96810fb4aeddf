"""Training and test, loss and accuracy, by epoch: as the fourth document plots them for every network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from multirun_analysis.documents.findings import Finding
from multirun_analysis.figures.style import STYLE, choose_looks
from multirun_analysis.frames.curves import read_curves, summarise_curves
from multirun_analysis.frames.sweep import Sweep

SETS: dict[str, Any] = {"train": "-", "test": (0, (4, 1.5))}


def draw_training(
    findings: Sequence[Finding], sweep: Sweep, panels: Mapping[str, Mapping[str, str]], epoch: int
) -> Figure | None:
    """Draw loss above accuracy, a column a panel; None if none of the networks was run.

    Args:
        findings: Of the document.
        sweep: Where their curves are.
        panels: Title of each column, and in it the settings of rows by what they are called.
        epoch: Training sequences in one.
    """
    found = {
        finding.row.setting: finding.setting
        for finding in findings
        if finding.setting is not None and finding.matches_command
    }
    drawn = {setting: found[setting] for own in panels.values() for setting in own.values() if setting in found}
    if not drawn:
        return None
    curves = read_curves(sweep, list(drawn.values()))
    names = list(dict.fromkeys(name for own in panels.values() for name in own))
    looks = choose_looks(names)
    with rc_context(STYLE):
        figure = Figure(figsize=(8.6, 4.6), layout="constrained")
        axes = figure.subplots(2, len(panels), sharex=True, squeeze=False)
        for column, (title, own) in zip(axes.T, panels.items(), strict=True):
            for name, setting in own.items():
                if setting in drawn:
                    _draw_network(column, curves[curves["setting"] == drawn[setting]], looks[name]["color"], epoch)
                    printed = [own for own in findings if own.row.setting == setting and _is_printed_by_epoch(own)]
                    epochs = [int(finding.row.at) / epoch for finding in printed]
                    values = [finding.printed for finding in printed]
                    column[1].scatter(epochs, values, marker="D", s=14, color=looks[name]["color"], zorder=3)
            column[0].set_title(title)
        axes[0, 0].set_ylabel("loss")
        axes[1, 0].set_ylabel("accuracy")
        most = [ax.get_ylim()[1] for ax in axes[0]]
        alike = max(most) < 2 * min(most)  # the losses of networks that are trained on one
        for index, (upper, lower) in enumerate(axes.T):
            upper.set_ylim(0, max(most) if alike else most[index])
            lower.set_ylim(0, 1)
            lower.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        figure.supxlabel("epoch; median over the trials", fontsize=9)
        lines = [Line2D([], [], color=looks[name]["color"], label=name) for name in names]
        lines += [Line2D([], [], color="0.3", linestyle=dash, label=name) for name, dash in SETS.items()]
        if any(map(_is_printed_by_epoch, findings)):
            lines.append(Line2D([], [], color="0.3", marker="D", markersize=4, linestyle="none", label="test, printed"))
        figure.legend(handles=lines, loc="outside upper center", ncols=len(lines), fontsize=8)
    return figure


def _is_printed_by_epoch(finding: Finding) -> bool:
    return finding.row.figure == "test_accuracy" and finding.is_compared


def _draw_network(column: Sequence[Axes], curves: pd.DataFrame, colour: str, epoch: int) -> None:
    for part, dash in SETS.items():
        for ax, measure in zip(column, ("loss", "error"), strict=True):
            curve = summarise_curves(curves, f"{part}_{measure}")
            values = 1 - curve["median"] if measure == "error" else curve["median"]
            ax.plot(curve["sequences"] / epoch, values, color=colour, linestyle=dash, lw=1.3)
