"""The comparison table on the screen: as wide as the screen is, plain where there is none."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import zip_longest

from rich.console import Console
from rich.text import Text

from multirun_analysis.tables.tables import Column
from seqmem.records import visible

GAP = 2
PLAIN_WIDTH = 120  # where there is no terminal to fit
MOST_ROWS = 200
SHOWN_ALWAYS = ("task", "model", "hidden")  # keys that each of several tables shows
MOST_LINES = 20


def open_screen() -> Console:
    """A console that is 120 columns wide where it is no terminal and COLUMNS is not set."""
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PLAIN_WIDTH
    return console


def print_table(console: Console, columns: Sequence[Column]) -> None:
    """Print columns, in several tables one below the other if they do not fit side by side.

    Each of them begins with the key columns.
    """
    for index, part in enumerate(split_columns(columns, console.width)):
        if index:
            console.print()
        widths = [column.width for column in part]
        height = max(len(column.header) for column in part)
        for line in range(height):
            words = [([""] * (height - len(column.header)) + list(column.header))[line] for column in part]
            console.print(Text(_align(words, part, widths), style="bold"))
        console.print("-" * (sum(widths) + GAP * (len(part) - 1)))
        rows = list(zip(*(column.entries for column in part), strict=True))
        for entries in rows[:MOST_ROWS]:
            console.print(Text(_align(entries, part, widths)))
        if len(rows) > MOST_ROWS:
            console.print(f".. and {len(rows) - MOST_ROWS} rows more, in tables.md")


def print_lines(console: Console, lines: Sequence[str], style: str = "") -> None:
    """Print lines, folded to the screen; of many, the first."""
    for line in lines[:MOST_LINES]:
        text = Text(visible(line), style=style)
        for folded in text.wrap(console, console.width):
            console.print(folded)
    if len(lines) > MOST_LINES:
        console.print(Text(f".. and {len(lines) - MOST_LINES} more", style=style))


def print_notes(notes: Sequence[str]) -> None:
    """Print notes on stderr, a line each, however long; of many, the first."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for note in notes[:MOST_LINES]:
        console.print(Text(visible(note), style="yellow"))
    if len(notes) > MOST_LINES:
        console.print(Text(f".. and {len(notes) - MOST_LINES} more, in tables.md", style="yellow"))


def split_columns(columns: Sequence[Column], width: int) -> list[list[Column]]:
    """Deal columns out to tables that are no wider than `width`, each with the key columns.

    Columns that belong together stay together. Keys that would fill half of every table have
    one of their own, with numbered rows; the others show the number and the first keys only.
    """
    keys = [column for column in columns if column.key]
    blocks: list[list[Column]] = []
    for column in columns[len(keys) :]:
        blocks += [] if column.joined else [[]]
        blocks[-1].append(column)
    tables = [list(keys)]
    shown = [key for key in keys if key.header[-1] in SHOWN_ALWAYS]
    if len(shown) < len(keys) and _width(keys) > width // 2 and _width(columns) > width:
        number = Column(("#",), [str(row + 1) for row in range(len(keys[0].entries))], key=True)
        tables = [[number, *keys]]
        keys = [number, *shown]
        tables.append(list(keys))
    for block in blocks:
        if _width([*tables[-1], *block]) > width and len(tables[-1]) > len(keys):
            tables.append(list(keys))
        tables[-1] += block
    return tables


def _width(columns: Sequence[Column]) -> int:
    return sum(column.width for column in columns) + GAP * (len(columns) - 1)


def _align(words: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    entries = zip_longest(words, columns, widths)
    aligned = [word.ljust(width) if column.left else word.rjust(width) for word, column, width in entries]
    return (" " * GAP).join(aligned).rstrip()
