"""Why a network forgets: how far back its error reaches, and what it holds."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, MaxNLocator, NullLocator

from multirun_analysis.figures.legend import add_legend
from multirun_analysis.figures.marks import mark
from multirun_analysis.figures.panels import Panels, choose_columns, lay_out, spread
from multirun_analysis.figures.style import STYLE, choose_looks
from multirun_analysis.frames.settings import format_setting, sort_key, varies

MOST_STATES = 24
MOST_LABELS, LONGEST_LABEL = 16, 3  # steps of a panel whose inputs are written below, and how long these are
MOST_TELLING = 4  # of longer sequences, steps that matter that are named
TELLING = "#D55E00"
STEPS = "input step, from 0, or what was read there; triangle: the answer depends on it"


def draw_gradients(traces: pd.DataFrame, settings: pd.DataFrame, keys: Sequence[str]) -> Figure:
    """Draw the norm of the gradient of the final loss by input step, of its largest, a line a setting.

    Args:
        traces: What `read_traces` gave.
        settings: A sweep's settings.
        keys: A sweep's keys.
    """
    panels = spread(settings, keys)
    of_setting = {int(str(setting)): trace for setting, trace in traces.groupby("setting")}
    values = [None] if panels.by is None else sorted(set(settings[panels.by]), key=sort_key)
    looks = choose_looks(values)
    with rc_context(STYLE):
        figure, axes = lay_out(panels, sharex=not varies(settings, "task"))
        for ax, (_, group) in zip(axes, panels.panels, strict=True):
            for setting in group:
                if setting in of_setting:
                    norm = of_setting[setting]["gradient_norm"]
                    norm = norm / norm.max() if norm.max() > 0 else norm
                    look = looks[None if panels.by is None else settings[panels.by].iloc[setting]]
                    (drawn,) = ax.plot(of_setting[setting]["step"], norm.where(norm > 0), **look)
                    mark(drawn, settings, setting, "gradient")
            ax.set_yscale("log")
            ax.yaxis.set_major_formatter(LogFormatter(labelOnlyBase=True))  # 1e-09: `STYLE` reads no formulas
            ax.yaxis.set_minor_locator(NullLocator())
            label_steps(ax, [of_setting[setting] for setting in group if setting in of_setting])
        figure.supxlabel(f"{STEPS}\none test sequence through one trained trial", fontsize=9)
        figure.supylabel("gradient norm of the final loss, of its largest", fontsize=9)
        add_legend(figure, panels, looks)
    return figure


def label_steps(ax: Axes, traces: Sequence[pd.DataFrame]) -> None:
    """Write what was read below each step, or where there is no room the number; mark those that matter.

    Args:
        ax: Whose steps go across.
        traces: What is drawn there; nothing is written unless all have read the same.
    """
    inputs = {tuple(trace["input"]) for trace in traces}
    telling = sorted({int(step) for trace in traces for step in trace["step"][trace["telling"]]})
    read = next(iter(inputs)) if len(inputs) == 1 else ()
    known = bool(read) and all(isinstance(text, str) for text in read)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    if known and len(read) <= MOST_LABELS and max(map(len, read)) <= LONGEST_LABEL:
        ax.set_xticks(range(len(read)), read)
    elif known and 0 < len(telling) <= MOST_TELLING:
        ax.set_xticks(telling, [f"{read[step]}\n{step}" for step in telling])
    for step in telling[:MOST_LABELS]:
        ax.plot([step], [1.0], "v", transform=ax.get_xaxis_transform(), color=TELLING, ms=4, mew=0, clip_on=False)


def draw_hidden_states(traces: pd.DataFrame, settings: pd.DataFrame, keys: Sequence[str]) -> Figure:
    """Draw the hidden units over the steps of one sequence, a panel a setting; of many settings the first.

    Args:
        traces: What `read_traces` gave.
        settings: A sweep's settings.
        keys: A sweep's keys.
    """
    varied = [key for key in keys if varies(settings, key)]
    shown = [(int(str(setting)), trace) for setting, trace in traces.groupby("setting")][:MOST_STATES]
    titles = [format_setting({key: settings[key].iloc[setting] for key in varied}) for setting, _ in shown]
    panels = Panels(
        None,
        [(title, [setting]) for title, (setting, _) in zip(titles, shown, strict=True)],
        choose_columns(len(shown)),
        0,
    )
    units = [trace.filter(regex=r"^h\d+$").dropna(axis=1, how="all").to_numpy(float).T for _, trace in shown]  # (H, L)
    largest = max([1.0, *(float(abs(unit).max()) for unit in units)])
    with rc_context(STYLE | {"axes.grid": False}):
        figure, axes = lay_out(panels, sharex=False, sharey=False)
        for ax, unit, (setting, trace) in zip(axes, units, shown, strict=True):
            drawn = ax.imshow(unit, cmap="PuOr", vmin=-largest, vmax=largest, aspect="auto", interpolation="none")
            mark(drawn, settings, setting, "states")
            label_steps(ax, [trace])
            ax.yaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
        figure.colorbar(axes[0].images[0], ax=axes, label="activation", shrink=0.6, pad=0.02)
        figure.supxlabel(f"{STEPS}, of one test sequence", fontsize=9)
        figure.supylabel("hidden unit of the top layer", fontsize=9)
    return figure
