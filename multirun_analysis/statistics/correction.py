"""Correct p-values for their number."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def holm(p_values: ArrayLike, weights: ArrayLike | None = None) -> NDArray[np.float64]:
    """Correct the p-values of one family (Holm 1979), some of which may count more than others.

    The chance that any true hypothesis is rejected stays below the level, however the tests depend on
    each other. A hypothesis with a larger weight has a larger share of the level.
    """
    p = np.asarray(p_values, float)
    w = np.ones_like(p) if weights is None else np.asarray(weights, float)
    order = np.argsort(p / w, kind="stable")
    left = np.cumsum(w[order][::-1])[::-1]  # of this and all that come after it
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate((p / w)[order] * left))
    return adjusted
