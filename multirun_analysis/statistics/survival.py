"""Training sequences until a criterion is met, where some trials never met it."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def kaplan_meier(times: ArrayLike, met: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Estimate the share of trials that have not met their criterion yet (Kaplan & Meier 1958).

    Args:
        times: When each trial met its criterion, or when it was last seen without.
        met: Which of the two; trials that did not meet it count as censored, after those that
            met it at the same time.
    Returns:
        Times at which trials met it, in order; the share that has not yet, from each time on;
        and the sum of Greenwood's formula up to it.
    """
    times, met = np.asarray(times, float), np.asarray(met, bool)
    events, count = np.unique(times[met], return_counts=True)
    at_risk = len(times) - np.searchsorted(np.sort(times), events)  # not yet met nor lost sight of
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(count / (at_risk * (at_risk - count)))
    return np.asarray(events, float), np.cumprod(1 - count / at_risk, dtype=float), greenwood


def median_time(times: ArrayLike, met: ArrayLike) -> float:
    """Median of the times until the criterion; NaN if it is not reached.

    It is reached when more than half of the trials have met the criterion, and without censored
    trials it is the plain median: where exactly half of them have, halfway to the next time.
    """
    events, share, _ = kaplan_meier(times, met)
    below = np.flatnonzero(share < 0.5 - 1e-12)
    if not len(below):
        return float("nan")
    first = int(below[0])
    half = first > 0 and abs(share[first - 1] - 0.5) < 1e-12
    return float(events[first - 1 : first + 1].mean() if half else events[first])


def median_interval(times: ArrayLike, met: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Interval for the median time (Brookmeyer & Crowley 1982), from log-log intervals of the share.

    An end that is not reached is NaN; at a share of zero the formula gives no upper bound.
    """
    events, share, greenwood = kaplan_meier(times, met)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        spread = z * np.sqrt(greenwood) / np.log(share)
        lower = np.where(share > 0, share ** np.exp(-spread), 0.0)
        upper = np.where(share > 0, share ** np.exp(spread), 1.0)
    ends = [events[bound <= 0.5] for bound in (lower, upper)]
    low, high = (float(end[0]) if len(end) else float("nan") for end in ends)
    return low, high
