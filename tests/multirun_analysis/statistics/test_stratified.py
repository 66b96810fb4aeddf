import numpy as np
import pytest
from scipy import stats

from multirun_analysis.statistics.stratified import (
    Stratum,
    permutation_test,
    score_times,
    score_values,
    shift_interval,
)


def stratum(first, second):
    return Stratum(score_values(np.array([*first, *second], float)[None])[0], len(first))


@pytest.mark.parametrize(("a", "b"), [((1, 9), (7, 3)), ((10, 0), (4, 6)), ((2, 1), (1, 9)), ((5, 5), (5, 5))])
def test_on_yes_and_no_it_is_fishers_exact_test(a, b):
    first, second = ([1] * yes + [0] * no for yes, no in (a, b))
    found = permutation_test([stratum(first, second)])
    if len(first) == len(second):  # else the two count other tables as equally far out
        assert found.p == pytest.approx(stats.fisher_exact([a, b]).pvalue)
    assert found.effect == pytest.approx(np.mean(first) - np.mean(second))


@pytest.mark.parametrize("sizes", [(2, 2), (10, 10), (3, 8), (5, 12)])
def test_on_numbers_it_is_the_mann_whitney_test(sizes):
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.8, 1, sizes[0]), rng.normal(0, 1, sizes[1])
    expected = stats.mannwhitneyu(first, second, method="exact")
    found = permutation_test([stratum(first, second)])
    assert found.p == pytest.approx(expected.pvalue)
    assert found.effect == pytest.approx(2 * expected.statistic / (sizes[0] * sizes[1]) - 1)


def test_ties_are_counted_exactly():
    first, second = np.array([0, 0, 1, 3, 3]), np.array([0, 2, 3, 3, 4, 4])
    every = stats.permutation_test(
        (first, second),
        lambda a, b: abs(np.sign(a[:, None] - b).sum()),
        permutation_type="independent",
        alternative="greater",
        n_resamples=np.inf,
    )
    assert permutation_test([stratum(first, second)]).p == pytest.approx(every.pvalue)


def test_several_pairs_of_settings_count_together_as_if_all_their_ways_were_tried():
    from itertools import combinations, product

    pairs = [([1, 4, 4], [2, 3]), ([7, 5], [5, 6, 1])]
    strata = [stratum(*pair) for pair in pairs]
    sums = [[s.scores[list(c)].sum() for c in combinations(range(5), s.first)] for s in strata]
    ways = np.abs([sum(way) for way in product(*sums)])
    found = permutation_test(strata)
    assert found.p == pytest.approx((ways >= abs(sum(s.statistic for s in strata))).mean())
    assert found.least_p == pytest.approx((ways == ways.max()).mean())
    assert found.effect == pytest.approx(sum(s.statistic for s in strata) / 12)


def test_a_contrast_asks_whether_two_differences_are_alike():
    up, down = stratum([5, 6, 7, 8], [1, 2, 3, 4]), stratum([1, 2, 3, 4], [5, 6, 7, 8])
    assert permutation_test([up, up], [1, -1]).p == 1
    assert permutation_test([up, down], [1, -1]).p == pytest.approx(permutation_test([up, up]).p)


def test_many_trials_are_tested_as_few_are_but_by_the_normal_distribution():
    rng = np.random.default_rng(1)
    first, second = rng.normal(0.3, 1, 60), rng.normal(0, 1, 60)
    expected = stats.mannwhitneyu(first, second, method="asymptotic", use_continuity=False)
    assert permutation_test([stratum(first, second)]).p == pytest.approx(expected.pvalue)


def test_trials_that_are_all_alike_show_nothing():
    assert permutation_test([stratum([1, 1], [1, 1])]) == permutation_test([])


def test_of_two_trials_that_were_lost_sight_of_nothing_is_known():
    times, met = np.array([[3.0, 5, 5, 4, 9]]), np.array([[True, True, False, False, True]])
    # 3 beats all; 5 beats who was last seen at 5 and 9, not who was lost sight of at 4
    assert score_times(times, met).tolist() == [[4, 1, -2, -1, -2]]


def test_with_one_budget_times_are_ranked_those_that_never_met_it_last():
    times, met = np.array([[30.0, 10, 64, 64, 20]]), np.array([[True, True, False, False, True]])
    assert (score_times(times, met) == score_values(-times)).all()


def test_the_interval_of_a_shift_covers_it():
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(400):
        pairs = [(rng.normal(0.7, 1, 10), rng.normal(0, 1, 10)) for _ in range(2)]
        _, low, high = shift_interval([a[:, None] - b for a, b in pairs], [(10, 10)] * 2)
        covered += low <= 0.7 <= high
    assert 0.92 <= covered / 400 <= 0.99


def test_a_shift_is_between_typical_trials_and_has_no_ends_with_few():
    assert shift_interval([np.array([[1.0, 2], [4, 3]])], [(2, 2)]) == (2.5, float("-inf"), float("inf"))
