"""Where one run stands among many like it, and whether runs of several networks do so together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

DRAWS = 99_999  # of the null distribution
CHUNK = 9_999
SEED = 0
ROUNDING = 1e-9  # sums of logarithms that differ by less are equal


@dataclass(frozen=True)
class Percentile:
    """Where a value stands among others, as shares: 0 below all of them, 1 above all.

    share: Of the others that lie below it; those that equal it count by half.
    low, high: An interval for that share.
    equal: Share of the others that equal it.
    """

    share: float
    low: float
    high: float
    equal: float


def find_percentile(value: float, others: ArrayLike, confidence: float = 0.95) -> Percentile:
    """Find the percentile of a value in the distribution that some others were drawn from.

    The interval is Clopper and Pearson's (1934) for a share of n draws: its lower end is that of
    the share below the value, its upper end that of the share at or below it. So it covers with at
    least the stated confidence wherever within its ties one sees the value; they make it wider.

    Args:
        value: The one value.
        others: At least one; infinite ones are larger than any number, and equal each other.
        confidence: Of the interval.
    """
    from scipy.special import betaincinv

    values = np.asarray(others, float)
    n, below, equal = len(values), int((values < value).sum()), int((values == value).sum())
    tail, upto = (1 - confidence) / 2, below + equal
    low = float(betaincinv(below, n - below + 1, tail)) if below else 0.0
    high = float(betaincinv(upto + 1, n - upto, 1 - tail)) if upto < n else 1.0
    return Percentile((below + equal / 2) / n, low, high, equal / n)


def rank_p(value: float, others: ArrayLike) -> float:
    """Two-sided p of "the value is one more of the others", by its rank alone; ties make it larger."""
    values = np.asarray(others, float)
    as_low, as_high = int((values <= value).sum()), int((values >= value).sum())
    return min(1.0, 2 * (1 + min(as_low, as_high)) / (1 + len(values)))


def joint_p(networks: Sequence[tuple[ArrayLike, ArrayLike]]) -> float:
    """Test whether runs of several networks, one of each, are like ours: the p-value of "each is one more of them".

    1. One network. If its run is one more like our n, each of the n + 1 is equally likely to be
       it, all its figures together: they are those of one run and depend on each other. By each
       figure every run has a one-sided p-value, its rank among the n + 1 over n + 1. Fisher's
       combination of a run's p-values (the sum of their negative logarithms) is its score, and the
       rank of the one run's score among all n + 1 is the network's p-value, which is exact however
       the figures depend on each other and however few trials there are; ties make it larger. This
       is the nonparametric combination of Pesarin and Salmaso ("Permutation Tests for Complex
       Data", Wiley 2010, chapter 4). It is done twice: for runs that are higher, and for lower ones.
    2. All networks. Fisher's combination once more, of the networks' p-values for "higher" and of
       those for "lower" each by itself; p is twice the smaller of both (K. Pearson's test, in Owen,
       "Karl Pearson's meta-analysis revisited", Annals of Statistics 37(6), 2009). It is made for
       runs that are all a little off to one side; one that is off among many shows in its own place.
    3. The one runs are independent of each other. Our trials of several networks are not, as trial k
       of each has the same seed. So the combination is held not against the chi-squared distribution
       but against one drawn at random in which the trials of all networks rise and fall together
       entirely, which spreads it most. False alarms are then at most as many as stated; the price in
       power is small if there are more trials than networks.

    Args:
        networks: For each the figures of the one run, (F,), and those of our trials, (n, F), all with
            the sign that makes larger mean the same: better, say. No figure may be NaN.
    Returns:
        The p-value; 1 where there is no network.
    """
    if not networks:
        return 1.0
    both = [_network_p(np.asarray(one, float), np.asarray(trials, float)) for one, trials in networks]
    null = _draw_null(tuple(sorted(len(np.asarray(trials)) for _, trials in networks)))
    tails = []
    for side in (0, 1):
        score = -sum(float(np.log(p[side])) for p in both)
        as_far = len(null) - int(np.searchsorted(null, score - ROUNDING))
        tails.append((1 + as_far) / (1 + len(null)))
    return min(1.0, 2 * min(tails))


def _network_p(one: Floats, trials: Floats) -> tuple[float, float]:
    """One network's p-values: for a run that is higher than ours, and for one that is lower."""
    runs = np.vstack([one, trials])  # (n + 1, F)
    higher = (runs[None] >= runs[:, None]).mean(1)  # of each run and figure: the share of runs that are as high
    lower = (runs[None] <= runs[:, None]).mean(1)
    p_higher, p_lower = (
        float((score >= score[0] - ROUNDING).mean()) for score in (-np.log(higher).sum(1), -np.log(lower).sum(1))
    )
    return p_higher, p_lower


@cache
def _draw_null(sizes: tuple[int, ...]) -> Floats:
    """Sorted draws of Fisher's combination where all is as it should be, of networks with so many trials each.

    The trials of all networks are the same draws, as if their seeds alone told how well each does.
    """
    rng = np.random.default_rng(SEED)
    scores = []
    for _ in range(0, DRAWS, CHUNK):
        trials = rng.random((CHUNK, sizes[-1]))
        total = np.zeros(CHUNK)
        for size in sizes:
            as_high = (trials[:, :size] >= rng.random((CHUNK, 1))).sum(1)
            total -= np.log((1 + as_high) / (1 + size))
        scores.append(total)
    return np.sort(np.concatenate(scores))
