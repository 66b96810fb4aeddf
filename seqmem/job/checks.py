"""Numbers that must lie in a range: one line that names the key and the value if they do not."""

from __future__ import annotations

import math

MOST = 10**15  # of anything that is counted: what is beyond would take years, and sums of it must fit 64 bits
LARGEST = 3.4e38  # that a float32 holds


def check_count(key: str, value: int) -> None:
    """Check a number of things.

    Raises:
        ValueError: if it is below 1 or beyond all that can be counted.
    """
    if value < 1:
        raise ValueError(f"{key} must be at least 1, got {value}")
    if value > MOST:
        raise ValueError(f"{key} must be at most {MOST:,}, got {value}")


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
