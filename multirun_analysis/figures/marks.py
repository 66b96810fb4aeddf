"""What of a figure belongs to which setting, so that a page can tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.artist import Artist

NUMBERS = "numbers"  # of a frame of some settings, in its attributes: their numbers among all


def number_settings(settings: pd.DataFrame, numbers: Sequence[int]) -> pd.DataFrame:
    """Let a frame of some settings remember their numbers among all."""
    settings.attrs[NUMBERS] = list(numbers)
    return settings


def mark(artist: Artist, settings: pd.DataFrame, setting: int, part: str) -> None:
    """Name a part of a figure in its SVG: `setting3-median`.

    Args:
        artist: What is drawn of it.
        settings: Those of the figure.
        setting: Which of them it belongs to.
        part: What it is: letters and digits.
    """
    artist.set_gid(f"setting{settings.attrs.get(NUMBERS, settings.index)[setting]}-{part}")
