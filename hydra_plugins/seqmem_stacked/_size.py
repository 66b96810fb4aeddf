"""How many jobs a sweep has, before they are written out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import prod

from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

MOST_JOBS = 100_000


def check_size(overrides: Sequence[Override]) -> None:
    """Check that a sweep has jobs, and not more than can be held.

    Raises:
        HydraException: if a key has no values, or there are too many jobs.
    """
    counts: dict[str, int] = {}
    for override in overrides:
        count = _count_values(override)
        if count == 0:
            raise HydraException(f"{override.input_line} has no values to sweep over")
        counts[override.get_key_element()] = count
        if prod(counts.values()) > MOST_JOBS:
            raise HydraException(
                f"{override.input_line} makes it a sweep of more than {MOST_JOBS:,} jobs; choose fewer values"
            )


def _count_values(override: Override) -> int:
    """The values that an override has, as far as they are of interest."""
    if not override.is_sweep_override():
        return 1
    if not override.is_discrete_sweep():
        raise HydraException(f"{override.input_line} is an interval; a grid needs a list of values")
    try:
        return sum(1 for _ in islice(override.sweep_iterator(), MOST_JOBS + 1))
    except ValueError as error:  # a range with a step of 0
        raise HydraException(f"{override.input_line} has no values to sweep over: {error}") from error
