"""Tests between two models whose trials are paired."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

EXACT = 200  # pairs up to which every assignment of signs is counted


def signed_rank(differences: ArrayLike) -> float:
    """Two-sided p of Wilcoxon's signed-rank test (1945), exact with ties.

    Differences of zero are left out; none left is p = 1. The p-value is the share of the 2^n
    assignments of signs to the ranks that are at least as one-sided.
    """
    kept = np.asarray(differences, float)
    kept = kept[kept != 0]
    if not len(kept):
        return 1.0
    if len(kept) > EXACT:
        from scipy.stats import wilcoxon

        return float(wilcoxon(kept, method="approx").pvalue)
    ranks = _double_ranks(np.abs(kept))
    positive, total = int(ranks[kept > 0].sum()), int(ranks.sum())
    ways = np.zeros(total + 1)
    ways[0] = 1.0
    for rank in ranks:  # each rank is positive or not, with probability 1/2
        ways[rank:] = (ways[rank:] + ways[: total + 1 - rank]) / 2
        ways[:rank] /= 2
    return float(min(1.0, 2 * ways[: min(positive, total - positive) + 1].sum()))


def rank_biserial(differences: ArrayLike) -> float:
    """The effect size that belongs to the test: matched-pairs rank-biserial correlation (Kerby 2014).

    The share of the ranks' sum that is positive minus the share that is negative: from -1 to 1,
    0 without any difference.
    """
    values = np.asarray(differences, float)
    kept = values[values != 0]
    ranks = _double_ranks(np.abs(kept))
    return float((np.sign(kept) * ranks).sum() / ranks.sum()) if len(kept) else 0.0


def _double_ranks(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Twice the rank of each value, from 2; ties share their mean, which doubled is whole."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((2 * last - counts + 1)[inverse], np.int64)


def smallest_p(pairs: int) -> float:
    """The p-value of `pairs` pairs that all go the same way: none is smaller."""
    return float(min(1.0, 2.0 ** (1 - pairs)))


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Correct p-values for their number (Holm 1979)."""
    p = np.asarray(p_values, float)
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted
