"""Statistics of drawn values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike


def are_uniform(values: ArrayLike, choices: Sequence[int] | range) -> bool:
    """Whether all values are among the choices, and every choice is as frequent as chance has it."""
    values = np.ravel(values)
    counts = [np.count_nonzero(values == choice) for choice in choices]
    return sum(counts) == len(values) and bool(scipy.stats.chisquare(counts).pvalue > 1e-4)
