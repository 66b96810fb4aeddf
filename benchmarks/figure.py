"""How many trials can be had for how much time."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib import rc_context
from matplotlib.figure import Figure

from benchmarks.learner import OURS
from benchmarks.row import Row
from multirun_analysis.figures.style import COLOURS, DASHES, MARKERS, STYLE

STEPS = 1000


def draw_growth(rows: Sequence[Row]) -> Figure:
    """Draw trials against the time to train them all by 1,000 steps, a line for each learner."""
    names = list(dict.fromkeys(row.who for row in rows))
    with rc_context(STYLE):
        figure = Figure(figsize=(5.6, 3.6), layout="constrained")
        ax = figure.subplots()
        for index, name in enumerate(names):
            own = sorted((row for row in rows if row.who == name and row.trials), key=lambda row: row.trials or 0)
            trials = [row.trials or 0 for row in own]
            seconds = [STEPS * (row.trials or 0) / row.value.median for row in own]
            ax.plot(
                trials,
                seconds,
                color=COLOURS[index],
                linestyle=DASHES[index],
                marker=MARKERS[index],
                markersize=4,
                linewidth=2.4 if name == OURS else 1.4,
                label=name,
            )
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlabel("trials (recall, lstm, hidden 10, batch 64)")
        ax.set_ylabel(f"seconds for {STEPS:,} steps of each")
        figure.legend(loc="outside right center", handlelength=3.2)
    return figure
