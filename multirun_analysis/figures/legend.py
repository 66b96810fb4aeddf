"""The legend of a figure: what each colour is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from multirun_analysis.figures.panels import Panels
from multirun_analysis.figures.style import MARKERS
from multirun_analysis.frames.settings import format_value


def add_legend(figure: Figure, panels: Panels, looks: Mapping[Any, Mapping[str, Any]], markers: bool = False) -> None:
    """Put a legend above a figure, unless one colour says it all.

    Args:
        figure: What it belongs to.
        panels: How its settings are spread.
        looks: Of each value of the key that colour tells.
        markers: Whether dots stand for the values instead of lines.
    """
    if len(looks) < 2:
        return
    lines = []
    for index, (value, look) in enumerate(looks.items()):
        dots = {"marker": MARKERS[index % len(MARKERS)], "linestyle": "none"} if markers else {}
        lines.append(Line2D([], [], label=format_value(value), **{**look, **dots}))
    title = None if panels.by == "model" else panels.by
    figure.legend(handles=lines, loc="outside upper center", ncols=len(lines), title=title, handlelength=3.2)
