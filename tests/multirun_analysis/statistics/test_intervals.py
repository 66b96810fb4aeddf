import numpy as np
import pytest
from scipy import stats

from multirun_analysis.statistics.intervals import mean_intervals, wilson_interval


@pytest.mark.parametrize(
    "sample", [[3.0, 5, 8, 13, 21, 34, 55, 89, 144, 233], [0, 0, 0, 0, 0, 0, 0, 0, 0, 7], [1.0, 2.0, 4.0]]
)
def test_the_bootstrap_interval_is_that_of_scipy(sample):
    expected = stats.bootstrap((sample,), np.mean, n_resamples=100_000, method="BCa", rng=1).confidence_interval
    np.testing.assert_allclose(mean_intervals([sample])[0], expected, atol=0.02 * np.ptp(sample))


def test_an_interval_does_not_depend_on_the_other_samples():
    samples = [[1, 2, 5], [4, 4, 9, 1], [7, 1, 1], [2]]
    alone = np.concatenate([mean_intervals([sample]) for sample in samples])
    np.testing.assert_array_equal(mean_intervals(samples), alone)


def test_an_interval_is_the_same_every_time():
    sample = [[1, 2, 5, 9]]
    np.testing.assert_array_equal(mean_intervals(sample), mean_intervals(sample))


@pytest.mark.parametrize("sample", [[], [3.0]])
def test_fewer_than_two_values_have_no_interval(sample):
    assert np.isnan(mean_intervals([sample])).all()


def test_equal_values_give_an_interval_without_width():
    np.testing.assert_array_equal(mean_intervals([[0.0] * 10, [0.3] * 3]), [[0.0, 0.0], [0.3, 0.3]])


def test_an_interval_grows_with_its_confidence():
    sample = np.random.default_rng(0).exponential(size=10)
    (narrow,), (wide,) = mean_intervals([sample], 0.5), mean_intervals([sample], 0.99)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize(("solved", "trials"), [(0, 10), (10, 10), (7, 10), (1, 1), (0, 1), (3, 200)])
def test_the_interval_of_a_share_is_wilsons_of_scipy(solved, trials):
    expected = stats.binomtest(solved, trials).proportion_ci(method="wilson")
    np.testing.assert_allclose(wilson_interval(solved, trials), expected, atol=1e-12)


def test_a_share_of_no_trials_has_no_interval():
    low, high = wilson_interval([0, 1], [0, 2])
    assert np.isnan([low[0], high[0]]).all()
    assert not np.isnan([low[1], high[1]]).any()
