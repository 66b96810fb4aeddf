"""Numbers that must lie in a range: one line that names the key and the value if they do not."""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta

MOST = 10**15  # of anything that is counted: what is beyond would take years, and sums of it must fit 64 bits
MOST_TRIALS = 10**6  # of a job: the records of more are too much to be read at once
LARGEST = 3.4e38  # that a float32 holds

Count = Annotated[int, Meta(ge=0, le=4 * MOST)]  # the sum of a few counts included
Share = Annotated[float, Meta(ge=0, le=1)]


def check_count(key: str, value: int, most: int = MOST) -> None:
    """Check a number of things.

    Raises:
        ValueError: if it is below 1 or beyond all that can be counted.
    """
    if value < 1:
        raise ValueError(f"{key} must be at least 1, got {value}")
    if value > most:
        raise ValueError(f"{key} must be at most {most:,}, got {value}")


def check_number(
    key: str, value: float, above: float | None = None, at_least: float | None = None, below: float | None = None
) -> None:
    """Check a number that a float32 must hold.

    Raises:
        ValueError: if it is not finite or out of the range given.
    """
    if not math.isfinite(value):
        raise ValueError(f"{key} must be a finite number, got {value}")
    if abs(value) > LARGEST:
        raise ValueError(f"{key} must be at most {LARGEST:g}, got {value}")
    if above is not None and value <= above:
        raise ValueError(f"{key} must be above {above:g}, got {value}")
    if at_least is not None and value < at_least:
        raise ValueError(f"{key} must be at least {at_least:g}, got {value}")
    if below is not None and value >= below:
        raise ValueError(f"{key} must be below {below:g}, got {value}")
