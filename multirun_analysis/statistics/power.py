"""How many pairs of trials it would take to show a difference."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike


def pairs_to_show(differences: ArrayLike, level: float = 0.05, power: float = 0.8) -> float:
    """Estimate how many pairs Wilcoxon's signed-rank test would need, if further ones were like these.

    Noether (1987): n = (z(1 - level / 2) + z(power))^2 / (3 (p - 1/2)^2), where p is the
    probability that two differences add up to more than zero. It is estimated from the pairs of
    differences there are, a sum of zero counted by half; differences of zero, which the test leaves
    out, make n larger by their share.

    Args:
        differences: One a pair.
        level: Of the two-sided test.
        power: The probability with which it shall find the difference.
    Returns:
        A number of pairs, not rounded; infinite where no difference is seen at all.
    """
    values = np.asarray(differences, float)
    kept = values[values != 0]
    if len(kept) < 2:
        return float("inf")
    sums = (kept[:, None] + kept)[np.triu_indices(len(kept), 1)]
    lead = float(np.sign(sums).mean()) / 2  # p - 1/2
    if lead == 0:
        return float("inf")
    normal = NormalDist()
    quantiles = normal.inv_cdf(1 - level / 2) + normal.inv_cdf(power)
    return float(quantiles**2 / (3 * lead**2) * len(values) / len(kept))
