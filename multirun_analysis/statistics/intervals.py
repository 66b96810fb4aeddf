"""Intervals: for a median by order statistics, for shares by Wilson's formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import comb
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def median_intervals(samples: Sequence[ArrayLike], confidence: float = 0.95) -> Floats:
    """An interval for the median of what each of several samples was drawn from.

    Two of its order statistics, equally far from both ends: the k-th smallest and largest, where the
    chance that fewer than k of n draws lie on one side of the median is small enough (binomial;
    Thompson 1936). It covers with at least the stated confidence, whatever the distribution; ten
    trials give the second and the ninth, and 97.9 %. Fewer than six give none: NaN.

    Returns:
        (samples, 2), the ends.
    """
    values = [np.sort(np.asarray(sample, float)) for sample in samples]
    intervals = np.full((len(values), 2), np.nan)
    ranks = {size: _choose_rank(size, confidence) for size in {len(sample) for sample in values}}
    for row, sample in enumerate(values):
        if rank := ranks[len(sample)]:
            intervals[row] = sample[rank - 1], sample[-rank]
    return intervals


def _choose_rank(size: int, confidence: float) -> int:
    """Which order statistics are the ends, counted from 1; 0 where none are far enough out."""
    rank, fewer = 0, 1  # of 2^size ways, those with no more than `rank` draws on one side
    while 2 * fewer <= (1 - confidence) * 2**size:
        rank += 1
        fewer += comb(size, rank)
    return rank


def most_unlike(trials: int, confidence: float = 0.95) -> float:
    """The largest share of further trials that may come to something else, where so many all came to the same."""
    return float(1 - (1 - confidence) ** (1 / trials))


def wilson_interval(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's interval (1927) for a share, `successes` of `trials`; NaN where there are no trials."""
    k, n = np.asarray(successes, float), np.asarray(trials, float)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (k + z**2 / 2) / (n + z**2)
        half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
    low = np.where(k == 0, 0.0 * half, centre - half)
    high = np.where(k == n, 1.0 + 0.0 * half, centre + half)
    return low, high


def share_difference(
    successes: int, trials: int, other_successes: int, other_trials: int, confidence: float = 0.95
) -> tuple[float, float, float]:
    """By how much one share is higher than another, with Newcombe's interval (1998, method 10).

    Its ends come from Wilson's intervals for both.
    """
    (low, high), (other_low, other_high) = (
        map(float, wilson_interval(k, n, confidence)) for k, n in ((successes, trials), (other_successes, other_trials))
    )
    a, b = successes / trials, other_successes / other_trials
    below = np.hypot(a - low, other_high - b)
    above = np.hypot(high - a, b - other_low)
    return a - b, float(a - b - below), float(a - b + above)


def ahead_interval(
    share: float, trials: float, other_trials: float, pairs: int = 1, confidence: float = 0.95
) -> tuple[float, float]:
    """An interval for the share of pairs of trials, one of each side, in which the first is ahead; a tie is half.

    Newcombe's (2006, method 5): as Wilson's, those shares from which `share` is no farther off than
    chance allows, with the variance that Hanley and McNeil gave for exponential times. Ties make it
    wider than it need be.

    Args:
        share: Mean over the pairs of settings.
        trials: Of the first side, in all pairs of settings together; `other_trials` likewise.
        pairs: Of settings.
    """
    first, second = trials / pairs, other_trials / pairs
    z = NormalDist().inv_cdf((1 + confidence) / 2)

    def is_far(other: float) -> bool:
        spread = other * (1 - other)
        more = ((first + second) / 2 - 1) * ((1 - other) / (2 - other) + other / (1 + other))
        return bool(abs(other - share) > z * np.sqrt(spread * (1 + more) / (first * second * pairs)))

    return _find_end(is_far, share, 0.0), _find_end(is_far, share, 1.0)


def _find_end(is_far: Callable[[float], bool], inside: float, outside: float) -> float:
    """Where what is near ends on the way to what is far, to a millionth; `outside` if all of it is near."""
    while abs(outside - inside) > 1e-6:
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if is_far(middle) else (middle, outside)
    return outside
