import numpy as np
import pytest
from scipy import stats

from multirun_analysis.statistics.paired import holm, rank_biserial, signed_rank, smallest_p


@pytest.mark.parametrize("size", [1, 2, 5, 10, 30])
def test_without_ties_the_p_value_is_the_exact_one_of_scipy(size):
    difference = np.random.default_rng(size).normal(0.4, 1, size)
    assert signed_rank(difference) == pytest.approx(stats.wilcoxon(difference, method="exact").pvalue)


@pytest.mark.parametrize("difference", [[1, 1, 1, -1, 2], [3, -3, 3, 3, 1, 1, -1, 5], [2, 2, 2, 2, 2, 2]])
def test_with_ties_the_p_value_is_that_of_all_signs(difference):
    def statistic(x):
        return np.sum(np.sign(x) * stats.rankdata(np.abs(x)))

    every = stats.permutation_test((difference,), statistic, permutation_type="samples", n_resamples=np.inf)
    assert signed_rank(difference) == pytest.approx(every.pvalue)


def test_many_pairs_give_the_normal_approximation_of_scipy():
    difference = np.random.default_rng(0).normal(0.1, 1, 300)
    assert signed_rank(difference) == pytest.approx(stats.wilcoxon(difference, method="approx").pvalue)


def test_the_exact_and_the_approximate_p_value_meet():
    difference = np.random.default_rng(0).normal(0.1, 1, 200)
    assert signed_rank(difference) == pytest.approx(stats.wilcoxon(difference, method="approx").pvalue, abs=0.002)


def test_pairs_without_a_difference_are_left_out():
    assert signed_rank([1, 2, 3, 4, 5, 6, 0, 0]) == signed_rank([1, 2, 3, 4, 5, 6])


@pytest.mark.parametrize("difference", [[], [0.0, 0.0]])
def test_no_difference_at_all_is_p_one(difference):
    assert signed_rank(difference) == 1


def test_the_p_value_does_not_depend_on_the_direction():
    difference = np.array([1.0, 2, -3, 4, 5, 5])
    assert signed_rank(difference) == signed_rank(-difference)


@pytest.mark.parametrize("pairs", [1, 5, 10])
def test_no_p_value_is_below_that_of_pairs_that_all_agree(pairs):
    assert smallest_p(pairs) == pytest.approx(signed_rank(np.arange(1, pairs + 1)))


def test_holms_correction_is_that_of_its_definition():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


def test_holms_correction_is_not_beyond_one_and_keeps_ties():
    np.testing.assert_allclose(holm([0.5, 0.5, 0.9]), [1, 1, 1])
    np.testing.assert_allclose(holm([0.2]), [0.2])
    assert len(holm([])) == 0


@pytest.mark.parametrize("difference", [[1, 2, -1.5, 4, -0.5], [3, -3, 3, 1, 1, -1, 5], [5, 6, 7], [-1, -2]])
def test_the_effect_is_the_share_of_the_ranks_that_is_positive_less_the_negative(difference):
    ranks, sign = stats.rankdata(np.abs(difference)), np.sign(difference)
    expected = (ranks[sign > 0].sum() - ranks[sign < 0].sum()) / ranks.sum()
    assert rank_biserial(difference) == pytest.approx(expected)


def test_the_effect_comes_from_the_statistic_of_scipys_test():
    difference = np.random.default_rng(3).normal(0.5, 1, 20)
    smaller = stats.wilcoxon(difference).statistic
    assert abs(rank_biserial(difference)) == pytest.approx(1 - 2 * smaller / (20 * 21 / 2))


@pytest.mark.parametrize(
    ("difference", "effect"), [([1, 2, 5], 1), ([-1, 0], -1), ([-5, 1, 2], 0), ([0, 0], 0), ([], 0)]
)
def test_the_effect_is_one_where_all_go_one_way_and_zero_where_none_does(difference, effect):
    assert rank_biserial(difference) == effect
    assert rank_biserial([-value for value in difference]) == -effect
