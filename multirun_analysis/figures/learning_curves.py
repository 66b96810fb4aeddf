"""Input sequences passed through the network against training error."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from multirun_analysis.figures.legend import add_legend
from multirun_analysis.figures.marks import mark
from multirun_analysis.figures.panels import lay_out, spread
from multirun_analysis.figures.style import STYLE, choose_looks
from multirun_analysis.frames.settings import sort_key, varies

ALONG = "input sequences passed through the network"
LOG_RATIO = 8  # where the ends of curves that share an axis differ more than this, it is a log axis
SMALL = 0.03  # an error that a linear axis shows as none
MOST_TRIALS = 240  # more trials than these have no line of their own


def is_mostly_small(curves: pd.DataFrame) -> bool:
    """Whether a log axis helps: most medians are small, and yet not 0."""
    small = curves["median"].between(0, SMALL, inclusive="neither")
    return bool(len(curves)) and float(small.mean()) > 0.5


def draw_learning_curves(
    curves: pd.DataFrame,
    settings: pd.DataFrame,
    keys: Sequence[str],
    measure: str = "training error",
    trials: pd.DataFrame | None = None,
    tests: pd.DataFrame | None = None,
    chance: Sequence[float | None] = (),
) -> Figure:
    """Draw a line a setting with its quartile band, small multiples where several keys vary.

    Panels of several tasks have each their own axis of sequences.

    Args:
        curves: What `summarise_curves` gave.
        settings: A sweep's settings.
        keys: A sweep's keys.
        measure: What the curves show, for the axis.
        trials: What `thin_curves` gave, for a thin line a trial; of more than MOST_TRIALS there is none.
        tests: What `summarise_curves` gave of the error on the test set, for dots.
        chance: The error of a guess at each setting's task, for a line across.
    """
    panels = spread(settings, keys)
    of_setting = {int(str(setting)): curve for setting, curve in curves.groupby("setting")}
    values = [None] if panels.by is None else sorted(set(settings[panels.by]), key=sort_key)
    looks = choose_looks(values)
    lines: dict[int, list[pd.DataFrame]] = {}
    if trials is not None and len(trials[["setting", "seed"]].drop_duplicates()) <= MOST_TRIALS:
        for (setting, _), line in trials.groupby(["setting", "seed"]):
            lines.setdefault(int(str(setting)), []).append(line)
    ends = curves.groupby("setting")["sequences"].max()
    most = max([0.1, *curves["high"], *(line["value"].max() for drawn in lines.values() for line in drawn)])
    several_tasks = varies(settings, "task")
    with rc_context(STYLE):
        figure, axes = lay_out(panels, sharex=not several_tasks)
        for ax, (_, group) in zip(axes, panels.panels, strict=True):
            for setting in group:
                if setting not in of_setting:
                    continue
                curve = of_setting[setting]
                look = looks[None if panels.by is None else settings[panels.by].iloc[setting]]
                places, thin = curve["sequences"], {"color": look["color"], "alpha": 0.4, "lw": 0.4, "zorder": 1.5}
                band = ax.fill_between(places, curve["low"], curve["high"], color=look["color"], alpha=0.18, lw=0)
                mark(band, settings, setting, "band")
                mark(ax.plot(places, curve["median"], **look)[0], settings, setting, "median")
                for line in lines.get(setting, []):
                    (drawn,) = ax.plot(line["sequences"], line["value"], **thin)
                    mark(drawn, settings, setting, f"trial{line['seed'].iloc[0]}")
                if tests is not None and len(tested := tests[tests["setting"] == setting]):
                    dots = ax.plot(tested["sequences"], tested["median"], "o", color=look["color"], ms=2.8, mew=0)
                    mark(dots[0], settings, setting, "test")
            guessed = {share for setting in group if setting < len(chance) and (share := chance[setting]) is not None}
            if len(guessed) == 1:
                ax.axhline(next(iter(guessed)), color="0.45", lw=0.9, ls=(0, (4, 3)), zorder=1.2)
        for ax, (_, group) in zip(axes, panels.panels, strict=True):  # some share limits, so only when all are drawn
            own = ends.reindex(group).dropna() if several_tasks else ends
            if own.max() > LOG_RATIO * own.min():
                ax.set_xscale("log")
                ax.xaxis.set_major_locator(LogLocator(numticks=4))
                ax.xaxis.set_major_formatter(EngFormatter(sep=""))
                ax.xaxis.set_minor_formatter(NullFormatter())
            else:
                ax.set_xlim(left=0)
                ax.xaxis.set_major_locator(MaxNLocator(4 if len(axes) > 1 else 7))
                ax.xaxis.set_major_formatter(EngFormatter(sep=""))
            if is_mostly_small(curves):
                ax.set_yscale("log")
                ax.yaxis.set_major_formatter(LogFormatter(labelOnlyBase=True))
                ax.yaxis.set_minor_locator(NullLocator())
                ax.set_ylim(curves["median"][curves["median"] > 0].min() / 2, 1.2)
            else:
                ax.set_ylim(0, min(1.0, 1.05 * most) if len(curves) else 1)
        told = ", thin: each trial" if lines else ""
        told += ", dots: on the test set" if tests is not None and len(tests) else ""
        told += ", dashes across: a guess" if any(share is not None for share in chance) else ""
        figure.supxlabel(f"{ALONG}\nline: median over the trials, band: quartiles{told}", fontsize=9)
        figure.supylabel(f"{measure} (share of sequences wrong)", fontsize=9)
        add_legend(figure, panels, looks)
    return figure
