"""What each key does, over settings alike in all else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from multirun_analysis.figures.panels import Panels, choose_columns, lay_out
from multirun_analysis.figures.style import COLOURS, STYLE

MOST_GROUPS = 60  # that have a line of their own
MOST_KEYS = 12
MOST_CHARACTERS = 30  # below a panel; of more the values are turned
LONGEST = 14  # characters of a value below its place


def draw_main_effects(effects: pd.DataFrame, means: Mapping[str, pd.Series[float]], name: str) -> Figure:
    """Draw a panel a key, the largest effect first: its values across, a line for each group of settings, their mean.

    Args:
        effects: What `summarise_effects` gave.
        means: What `average_levels` gave of each key.
        name: What the values are.
    """
    keys = list(dict.fromkeys(effects["key"]))[:MOST_KEYS]
    sizes = effects.groupby("key")["effect"].first()
    titles: list[tuple[str, list[int]]] = [(f"{key}: {sizes[key]:.0f} points", []) for key in keys]
    with rc_context(STYLE):
        figure, axes = lay_out(Panels(None, titles, choose_columns(len(keys)), 0), sharex=False)
        for ax, key in zip(axes, keys, strict=True):
            own, mean = effects[effects["key"] == key], means[key]
            places = {level: place for place, level in enumerate(mean.index)}
            dots = own.assign(place=own["level"].map(places)).sort_values("place")[["group", "place", "value"]]
            lines = [group[["place", "value"]].to_numpy() for _, group in dots.groupby("group")][:MOST_GROUPS]
            ax.add_collection(LineCollection(lines, colors="0.6", alpha=0.4, linewidths=0.7, zorder=1.5))
            ax.plot(dots["place"], dots["value"], "o", ms=2.5, mew=0, color="0.55", zorder=1.8)
            ax.plot(range(len(mean)), mean, "o-", color=COLOURS[0], ms=5)
            ax.set_xticks(range(len(mean)), [_shorten(level, key) for level in mean.index])
            if max(len(_shorten(level, key)) for level in mean.index) * len(mean) > MOST_CHARACTERS:
                ax.tick_params(axis="x", labelrotation=40)
            ax.set_xlim(-0.4, len(mean) - 0.6)
            ax.grid(axis="x", visible=False)
        axes[0].set_ylim(-3, max(103 if name.startswith("solved") else 5, 1.05 * effects["value"].max()))
        about = "blue: mean over settings that have every value; grey: settings alike in all else"
        figure.supxlabel(about, fontsize=9)
        figure.supylabel(name, fontsize=9)
    return figure


def draw_key_ranking(ranking: pd.DataFrame, name: str) -> Figure:
    """Draw the largest difference between two values of each key, and its interval; the largest at the top.

    Args:
        ranking: What `rank_keys` gave.
        name: What the values are.
    """
    rows = ranking[:MOST_KEYS]
    with rc_context(STYLE):
        figure = Figure(figsize=(5.6, 0.36 * len(rows) + 1.1), layout="constrained")
        ax = figure.subplots()
        for place, row in enumerate(rows.to_dict("records")):
            look: dict[str, Any] = {"color": COLOURS[0], "mfc": COLOURS[0] if row["shown"] else "white"}
            ax.plot([row["low"], row["high"]], [place, place], color=COLOURS[0], lw=1.2)
            ax.plot([row["difference"]], [place], "o", ms=6, **look)
        better = [_shorten(value, key) for value, key in zip(rows["better"], rows["key"], strict=True)]
        worse = [_shorten(value, key) for value, key in zip(rows["worse"], rows["key"], strict=True)]
        names = [f"{key}: {a} over {b}" for key, a, b in zip(rows["key"], better, worse, strict=True)]
        ax.set_yticks(range(len(rows)), names)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.axvline(0, color="0.3", lw=0.8)
        what = "more solved trials" if name.startswith("solved") else "fewer wrong predictions"
        ax.set_xlabel(f"points of per cent: {what}\nbar: 95 % interval; filled: shown after correction")
        ax.grid(axis="y", visible=False)
    return figure


def _shorten(level: str, key: str) -> str:
    """A value without the name of its key."""
    short = level.removeprefix(f"{key}=")
    return short if len(short) <= LONGEST else f"{short[: LONGEST - 1]}\u2026"
