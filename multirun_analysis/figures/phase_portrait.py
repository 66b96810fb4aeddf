"""Phase portraits of networks of one or two units: the state after a symbol against the state before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from multirun_analysis.figures.marks import mark
from multirun_analysis.figures.panels import Panels, choose_columns, lay_out
from multirun_analysis.figures.style import COLOURS, DASHES, STYLE, choose_looks
from multirun_analysis.frames.portraits import Move, Portrait
from multirun_analysis.frames.settings import format_setting, varies

MOST_PANELS = 6


def draw_phase_portrait(portraits: Sequence[Portrait], settings: pd.DataFrame, keys: Sequence[str]) -> Figure:
    """Draw a panel for a state of one number, all symbols in it; of two numbers a panel for each of some symbols.

    Args:
        portraits: What `read_portraits` gave, at least one.
        settings: A sweep's settings.
        keys: A sweep's keys.
    """
    varied = [key for key in keys if varies(settings, key)]
    drawn: list[tuple[Portrait, list[Move]]] = []
    for portrait in portraits:
        single = len(portrait.names) == 1
        drawn += [(portrait, portrait.moves)] if single else [(portrait, [m]) for m in portrait.moves]
    drawn = drawn[:MOST_PANELS]
    titles = []
    for portrait, moves in drawn:
        name = format_setting({key: settings[key].iloc[portrait.setting] for key in varied})
        titles.append((name if len(portrait.names) == 1 else f"{name}, reads {moves[0].symbol}".strip(", "), [0]))
    with rc_context(STYLE):
        panels = Panels(None, titles, choose_columns(len(titles)), 0)
        figure, axes = lay_out(panels, sharex=False, sharey=False)
        looks = choose_looks(list(range(max(len(moves) for _, moves in drawn))))
        for ax, (portrait, moves) in zip(axes, drawn, strict=True):
            ax.xaxis.set_major_locator(MaxNLocator(4))
            ax.yaxis.set_major_locator(MaxNLocator(4))
            if len(portrait.names) == 1:
                _draw_line(ax, portrait, moves, settings, looks)
            else:
                _draw_plane(ax, portrait, moves[0], settings)
        _add_legend(figure, drawn, looks)
        about = "filled: states that stay and draw others in; hollow: that stay, but let go"
        figure.supxlabel(f"how a symbol that is read moves the state\n{about}", fontsize=9)
    return figure


def _draw_line(ax: Axes, portrait: Portrait, moves: Sequence[Move], settings: pd.DataFrame, looks: dict) -> None:  # type: ignore[type-arg]
    """The state after each symbol over the state before; where a curve crosses the diagonal the state stays."""
    ax.plot([-1, 1], [-1, 1], color="0.6", lw=0.8)
    for index, move in enumerate(moves):
        (line,) = ax.plot(move.before[:, 0], move.after[:, 0], **{**looks[index], "linewidth": 1.2})
        mark(line, settings, portrait.setting, "map")
        _draw_fixed(ax, move.fixed[:, 0], move.fixed[:, 0], move.stable, looks[index]["color"])
    ax.set_xlabel(f"{portrait.names[0]} before")
    ax.set_ylabel("after")


def _draw_plane(ax: Axes, portrait: Portrait, move: Move, settings: pd.DataFrame) -> None:
    """Where states go that one symbol is read in, as arrows."""
    way = move.after - move.before
    arrows = ax.quiver(
        move.before[:, 0], move.before[:, 1], way[:, 0], way[:, 1],
        angles="xy", scale_units="xy", scale=2.5, width=0.005, color="0.45",
    )  # fmt: skip
    mark(arrows, settings, portrait.setting, "map")
    _draw_fixed(ax, move.fixed[:, 0], move.fixed[:, 1], move.stable, COLOURS[0])
    ax.set_xlabel(portrait.names[0])
    ax.set_ylabel(portrait.names[1])


def _draw_fixed(ax: Axes, across: Iterable[float], up: Iterable[float], stable: Iterable[bool], colour: str) -> None:
    for kind, fill in ((True, colour), (False, "white")):
        places = [(x, y) for x, y, draws_in in zip(across, up, stable, strict=True) if bool(draws_in) is kind]
        if places:
            ax.plot(*zip(*places, strict=True), "o", ms=5, mec=colour, mfc=fill, zorder=3)


def _add_legend(figure: Figure, drawn: Sequence[tuple[Portrait, list[Move]]], looks: dict) -> None:  # type: ignore[type-arg]
    """Which symbol a line of one number's portraits is."""
    moves = next((moves for portrait, moves in drawn if len(portrait.names) == 1), [])
    if len(moves) > 1 and len(moves) <= 2 * len(DASHES):
        lines = [Line2D([], [], label=move.symbol, **looks[index]) for index, move in enumerate(moves)]
        figure.legend(
            handles=lines, loc="outside upper center", ncols=min(len(lines), 5), title="symbol", handlelength=3
        )
