"""How settings are spread over a figure: one key by colour, the others by panel."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multirun_analysis.figures.style import MOST_LINES
from multirun_analysis.frames.settings import format_setting, sort_key, varies

MOST_PANELS = 24
WRAP = 4
# Of a panel's title: how much fits into a line, and a line's height in inches.
CHARACTERS_AN_INCH, LINE = 12, 0.16


@dataclass(frozen=True)
class Panels:
    """Which settings stand in which panel.

    by: The key that colour tells, or None if one line a panel says it all.
    panels: Title and settings of each panel.
    columns: How many stand side by side.
    left_out: How many panels there would be beyond these.
    """

    by: str | None
    panels: list[tuple[str, list[int]]]
    columns: int
    left_out: int


def choose_along(settings: pd.DataFrame, keys: Sequence[str]) -> str:
    """The key to put on an axis: the hidden size if it varies, else the last key but model and task."""
    varied = [key for key in keys if varies(settings, key)]
    others = [key for key in varied if key not in ("task", "model")]
    return "hidden" if "hidden" in varied else (others or varied or list(keys))[-1]


def spread(settings: pd.DataFrame, keys: Sequence[str], along: str | None = None) -> Panels:
    """Spread settings over panels: models by colour if they vary, else the last key that does.

    Tasks are never told by colour: what they show differs in kind. A key that stands `along` an
    axis is left to that axis.
    """
    varied = [key for key in keys if varies(settings, key) and key != along]
    by = "model" if "model" in varied else next((key for key in reversed(varied) if key != "task"), None)
    if by is not None and settings[by].nunique(dropna=False) > MOST_LINES:
        by = None
    others = [key for key in varied if key != by]
    groups: dict[tuple[Any, ...], list[int]] = {}
    values = [settings[key].tolist() for key in others]
    for setting in settings.index:
        groups.setdefault(tuple(sort_key(column[setting]) for column in values), []).append(int(setting))
    ordered = [groups[group] for group in sorted(groups)]
    panels = [(format_setting({key: settings[key].iloc[group[0]] for key in others}), group) for group in ordered]
    last = settings[others[-1]].nunique(dropna=False) if others else 1
    whole = len(others) > 1 and last <= 6 and len(panels) == last * (len(panels) // last)
    shown = panels[:MOST_PANELS]
    columns = last * max(1, min(WRAP // last, len(shown) // last)) if whole else choose_columns(len(shown))
    return Panels(by, shown, columns, len(panels) - len(shown))


def choose_columns(count: int) -> int:
    """How many panels stand side by side: as many as leave least of the last row empty, of three or four."""
    return min(count, min((WRAP, WRAP - 1), key=lambda columns: -count % columns))


def lay_out(panels: Panels, sharex: bool = True, sharey: bool = True) -> tuple[Figure, list[Axes]]:
    """A figure with an empty axes for each panel, titled."""
    count = len(panels.panels)
    columns, rows = panels.columns, -(-count // panels.columns)
    width, height = (2.4, 2.0) if columns > 2 else (3.2, 2.5) if columns == 2 else (5.6, 3.4)
    titles = [textwrap.fill(title, int(CHARACTERS_AN_INCH * width)) for title, _ in panels.panels]
    height += LINE * max((title.count("\n") for title in titles), default=0)
    figure = Figure(figsize=(max(5.6, columns * width + 0.4), rows * height + 0.9), layout="constrained")
    grid = figure.subplots(rows, columns, sharex=sharex, sharey=sharey, squeeze=False)
    axes = list(grid.flat)
    for unused in axes[count:]:
        unused.set_visible(False)
    if sharex:
        for column in range(count - (rows - 1) * columns, columns):
            grid[rows - 2, column].tick_params(labelbottom=True)
    for title, ax in zip(titles, axes[:count], strict=True):
        ax.set_title(title)
    return figure, axes[:count]
