from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from multirun_analysis.statistics.power import pairs_to_show


def normal_sample(shift, size=400):
    """The quantiles of a normal distribution: a sample that looks like all of it."""
    return stats.norm(shift).ppf((np.arange(size) + 0.5) / size)


@pytest.mark.parametrize("shift", [0.3, 0.5, 0.8])
def test_for_normal_differences_it_is_noethers_formula(shift):
    p = NormalDist().cdf(shift * 2**0.5)  # two of them add up to more than zero
    n = (1.959964 + 0.841621) ** 2 / (3 * (p - 0.5) ** 2)
    assert pairs_to_show(normal_sample(shift)) == pytest.approx(n, rel=0.02)


@pytest.mark.parametrize(("shift", "level"), [(0.25, 0.05), (0.4, 0.05), (0.4, 0.05 / 3)])
def test_so_many_pairs_find_a_difference_that_is_not_large_four_times_in_five(shift, level):
    pairs = round(pairs_to_show(normal_sample(shift), level))
    made = np.random.default_rng(0).normal(shift, 1, (2000, pairs))
    found = (stats.wilcoxon(made, axis=1, method="approx").pvalue < level).mean()
    assert found == pytest.approx(0.8, abs=0.05)


def test_a_greater_power_takes_more_pairs():
    differences = [3, 1, -2, 4]
    assert pairs_to_show(differences, power=0.9) > pairs_to_show(differences, power=0.8)


def test_pairs_without_a_difference_are_needed_in_proportion():
    assert pairs_to_show([3, 1, -2, 4, 0, 0, 0, 0]) == pytest.approx(2 * pairs_to_show([3, 1, -2, 4]))


def test_the_direction_does_not_matter():
    assert pairs_to_show([3, 1, -2, 4]) == pairs_to_show([-3, -1, 2, -4])


@pytest.mark.parametrize("differences", [[], [1.0], [0, 0, 0], [2, -2], [0, 5, 0], [1, 1, -1, -1]])
def test_where_no_difference_is_seen_no_number_of_pairs_shows_it(differences):
    assert pairs_to_show(differences) == float("inf")
