"""Learning curves of the networks of one document, a panel each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from multirun_analysis.documents.findings import Finding
from multirun_analysis.frames.curves import read_curves, summarise_curves
from multirun_analysis.frames.sweep import Sweep

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = ("D0", "D1")  # documents that ask for sequences against error
COLUMNS = 4
MOST_PLACES = 120  # as many as a panel shows, denser at its end as its axis is


def draw_document(findings: Sequence[Finding], sweep: Sweep) -> Figure | None:
    """Draw the training error of each of a document's points against the sequences; None if none was run."""
    from matplotlib import rc_context

    from multirun_analysis.figures.learning_curves import ALONG
    from multirun_analysis.figures.panels import Panels, lay_out
    from multirun_analysis.figures.style import COLOURS, STYLE

    names = {finding.point: finding.row.network for finding in findings if finding.point is not None}
    if not names:
        return None
    curves = summarise_curves(read_curves(sweep, list(names)))
    panels = [(name, [point]) for point, name in names.items()]
    with rc_context(STYLE):
        figure, axes = lay_out(Panels(None, panels, min(COLUMNS, len(panels)), 0))
        for ax, (_, (point,)) in zip(axes, panels, strict=True):
            curve = curves[curves["point"] == point]
            curve = curve.iloc[np.unique(np.geomspace(1, len(curve), MOST_PLACES).round()).astype(int) - 1]
            ax.fill_between(curve["sequences"], curve["low"], curve["high"], color=COLOURS[0], alpha=0.25, lw=0)
            ax.plot(curve["sequences"], curve["median"], color=COLOURS[0])
        axes[0].set_xscale("log")  # shared: some need 10,000 sequences, some pass through millions
        axes[0].set_ylim(0, 1)
        figure.supxlabel(f"{ALONG}\nline: median over the trials, band: quartiles", fontsize=9)
        figure.supylabel("training error (share of sequences wrong)", fontsize=9)
    return figure
