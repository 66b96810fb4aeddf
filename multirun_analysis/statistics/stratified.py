"""Compare two groups of trials, in one or many pairs of settings that are otherwise the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_EXACT = 120  # trials in all, and in one pair of settings: beyond, sums are as good as normal
MOST_EXACT_IN_PAIR = 40
ROUNDING = 1e-9


@dataclass(frozen=True)
class Stratum:
    """The trials of two settings that differ in one key only.

    scores: How many of these trials each trial beats, minus how many beat it; they add up to 0.
        Those of the first setting come first.
    first: Trials of the first setting.
    """

    scores: Integers
    first: int

    @property
    def statistic(self) -> int:
        """Pairs of trials that the first setting wins, minus those that it loses."""
        return int(self.scores[: self.first].sum())

    @property
    def pairs(self) -> int:
        return self.first * (len(self.scores) - self.first)

    @property
    def variance(self) -> float:
        """Of the statistic, over all ways to deal the trials out to the two settings."""
        trials = len(self.scores)
        return self.pairs * float((self.scores**2).sum()) / (trials * (trials - 1))


@dataclass(frozen=True)
class Test:
    """What came of a comparison.

    effect: Share of the pairs of trials that the first group wins minus the share that it loses: -1 to 1.
    p: Two-sided.
    least_p: That of the most one-sided result which these trials could have given.
    """

    __test__ = False
    effect: float
    p: float
    least_p: float


def score_values(values: Floats) -> Integers:
    """Scores of trials by a value of which more is better, (K, N) -> (K, N)."""
    beats = values[..., :, None] > values[..., None, :]  # (K, N, N)
    return _count(beats)


def score_times(times: Floats, met: NDArray[np.bool_]) -> Integers:
    """Scores of trials by when they met their criterion: the sooner the better (Gehan 1965).

    A trial beats another if it is known to have met it sooner; of two that were last seen without,
    or of one that was lost sight of before the other met it, nothing is known.

    Args:
        times: When each trial met it, or was last seen without, (K, N).
        met: Which of the two.
    """
    earlier, same = times[..., :, None] < times[..., None, :], times[..., :, None] == times[..., None, :]
    return _count(met[..., :, None] & (earlier | (same & ~met[..., None, :])))


def _count(beats: NDArray[np.bool_]) -> Integers:
    """How many each trial beats minus how many beat it, (K, N, N) -> (K, N)."""
    return np.asarray(beats.sum(-1, dtype=np.int64) - beats.sum(-2, dtype=np.int64), np.int64)


def permutation_test(strata: Sequence[Stratum], signs: Sequence[int] | None = None) -> Test:
    """Test whether the first settings of some pairs of settings do as well as the second.

    If they do, every way to deal the trials of a pair out to its two settings is equally likely.
    The p-value is the share of these ways whose statistic, added up over the pairs, is as far from
    0. On solved or not this is Fisher's exact test, stratified as that of Cochran, Mantel and
    Haenszel; on a number the Wilcoxon-Mann-Whitney test, exact with ties, stratified as van
    Elteren's (1960); on times that of Gehan (1965). Counted exactly for up to 120 trials, beyond
    by the normal distribution.

    Args:
        strata: A pair of settings each.
        signs: 1 or -1 for each, to test whether the difference is the same in both sorts; 1 for all.
    """
    kept = [(s, sign) for s, sign in zip(strata, signs or [1] * len(strata), strict=True) if s.scores.any()]
    pairs = sum(stratum.pairs for stratum in strata)
    if not kept:
        return Test(0.0, 1.0, 1.0)
    observed = sum(sign * stratum.statistic for stratum, sign in kept)
    sizes = [len(stratum.scores) for stratum, _ in kept]
    if max(sizes) > MOST_EXACT_IN_PAIR or sum(sizes) > MOST_EXACT:
        deviation = sum(stratum.variance for stratum, _ in kept) ** 0.5
        most = sum(_most(stratum) for stratum, _ in kept)
        p, least_p = (2 * NormalDist().cdf(-abs(value) / deviation) for value in (observed, most))
        return Test(observed / pairs, p, least_p)
    step = int(np.gcd.reduce(np.concatenate([np.diff(np.unique(stratum.scores)) for stratum, _ in kept])))
    chances, low = np.ones(1), 0
    for stratum, sign in kept:
        own, least = _distribute(np.sort(stratum.scores).tobytes(), stratum.first, step)
        low += least if sign > 0 else -(least + step * (len(own) - 1))
        chances = np.convolve(chances, own[::sign])
    size = np.abs(low + step * np.arange(len(chances)))
    reached = size[chances > 0]
    tails = [float(chances[size >= value].sum()) for value in (abs(observed), reached.max())]
    return Test(observed / pairs, min(1.0, tails[0]), min(1.0, tails[1]))


def _most(stratum: Stratum) -> int:
    """The largest statistic that the trials of a stratum can give."""
    return int(np.sort(stratum.scores)[-stratum.first :].sum())


@lru_cache(maxsize=4096)
def _distribute(scores: bytes, first: int, step: int) -> tuple[Floats, int]:
    """How likely each sum of `first` of some scores is: from the least on, in steps."""
    values = np.frombuffer(scores, np.int64)  # sorted
    above = (values - values[0]) // step
    width = int(above[-first:].sum()) + 1
    ways = np.zeros((first + 1, width))
    ways[0, 0] = 1.0
    for value in above.tolist():  # each trial is of the first setting or not
        ways[1:, value:] += ways[:-1, : width - value].copy()
    least = int(above[:first].sum())
    chances = ways[first, least:]
    return chances / chances.sum(), least * step + first * int(values[0])


def shift_interval(
    differences: Sequence[Floats], sizes: Sequence[tuple[int, int]], confidence: float = 0.95
) -> tuple[float, float, float]:
    """The typical difference between trials of two groups, with an interval (Hodges & Lehmann 1963; Moses 1965).

    The median of all differences within pairs of settings; its ends are those shifts of the second
    group that the stratified rank test, in its normal approximation, would just not reject.

    Args:
        differences: Of each pair of settings, between every trial of the first and every one of the second.
        sizes: Trials of its first and second setting.
    Returns:
        The difference and the ends of its interval, infinite where so few trials give none.
    """
    ordered = np.sort(np.concatenate([own.ravel() for own in differences]))
    variance = sum(a * b * (a + b + 1) / 12 for a, b in sizes)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * variance**0.5
    beyond = int(np.floor(len(ordered) / 2 - reach))
    middle, other = (float(ordered[index]) for index in ((len(ordered) - 1) // 2, len(ordered) // 2))
    middle = middle if middle == other else (middle + other) / 2
    if beyond < 1:
        return middle, float("-inf"), float("inf")
    return middle, float(ordered[beyond - 1]), float(ordered[-beyond])
