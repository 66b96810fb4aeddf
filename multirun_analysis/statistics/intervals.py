"""Intervals: bootstrap for a mean, Wilson for a share."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

RESAMPLES = 9999
SEED = 0
CHUNK = 256  # samples of one size that are resampled together: 20 MB of means


def mean_intervals(samples: Sequence[ArrayLike], confidence: float = 0.95) -> Floats:
    """Bootstrap an interval for the mean of each of several samples: bias-corrected, accelerated.

    The BCa interval of Efron (1987). Samples of one size are resampled alike, so that a sample's
    interval does not depend on the others. A sample below two values has none: NaN. Where all
    values are equal, every resample's mean is that value, and so are both ends.

    Returns:
        (samples, 2), the ends.
    """
    values = [np.asarray(sample, float) for sample in samples]
    intervals = np.full((len(values), 2), np.nan)
    sizes = np.array([len(sample) for sample in values], int)
    for size in np.unique(sizes[sizes > 1]):
        weights = _draw_weights(int(size))
        places = np.flatnonzero(sizes == size)
        for start in range(0, len(places), CHUNK):
            chunk = places[start : start + CHUNK]
            intervals[chunk] = _resample(np.stack([values[place] for place in chunk]), weights, confidence)
    return intervals


def _draw_weights(size: int) -> Floats:
    """How often each value is drawn in each resample, (RESAMPLES, size)."""
    drawn = np.random.default_rng(SEED).integers(0, size, (RESAMPLES, size))
    rows = np.repeat(np.arange(RESAMPLES), size)
    return np.bincount(rows * size + drawn.ravel(), minlength=RESAMPLES * size).reshape(RESAMPLES, size).astype(float)


def _resample(values: Floats, weights: Floats, confidence: float) -> Floats:
    """The interval of each row of `values`, (P, n) -> (P, 2)."""
    size = values.shape[1]
    normal = NormalDist()
    total = values.sum(1)  # sums, not means: those of counts are exact, so that ties stay ties
    sums = np.sort(values @ weights.T, 1)  # (P, RESAMPLES)
    deviation = values - values.mean(1, keepdims=True)
    squares = (deviation**2).sum(1)
    intervals = np.repeat(total[:, None] / size, 2, axis=1)
    for row in np.flatnonzero(squares > 0):
        below = float(np.searchsorted(sums[row], total[row]) + np.searchsorted(sums[row], total[row], "right"))
        if not 0 < below < 2 * RESAMPLES:
            continue
        bias = normal.inv_cdf(below / (2 * RESAMPLES))
        acceleration = float((deviation[row] ** 3).sum() / (6 * squares[row] ** 1.5))
        for end, level in enumerate(((1 - confidence) / 2, (1 + confidence) / 2)):
            shifted = bias + normal.inv_cdf(level)
            corrected = normal.cdf(bias + shifted / (1 - acceleration * shifted))
            before, part = divmod(corrected * (RESAMPLES - 1), 1)
            low, high = sums[row, int(before)], sums[row, min(int(before) + 1, RESAMPLES - 1)]
            intervals[row, end] = (low + part * (high - low)) / size
    return intervals


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
