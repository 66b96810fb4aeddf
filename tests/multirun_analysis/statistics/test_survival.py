import numpy as np
import pytest
from scipy import stats

from multirun_analysis.statistics.survival import kaplan_meier, median_interval, median_time

CENSORED = stats.CensoredData.right_censored


def draw(seed):
    """Times with ties, some of them censored."""
    rng = np.random.default_rng(seed)
    return rng.integers(1, 12, 20) * 100.0, rng.random(20) < 0.6


@pytest.mark.parametrize("seed", range(5))
def test_the_share_left_is_that_of_scipy(seed):
    times, met = draw(seed)
    expected = stats.ecdf(CENSORED(times, ~met)).sf
    events, share, _ = kaplan_meier(times, met)
    np.testing.assert_allclose(share, expected.evaluate(events), atol=1e-12)
    np.testing.assert_array_equal(events, np.unique(times[met]))


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
@pytest.mark.parametrize("seed", range(5))
def test_the_interval_of_the_median_follows_from_the_log_log_intervals_of_scipy(seed):
    times, met = draw(seed)
    bounds = stats.ecdf(CENSORED(times, ~met)).sf.confidence_interval(method="log-log")
    reached = [bound.quantiles[bound.probabilities <= 0.5] for bound in (bounds.low, bounds.high)]
    expected = [ends[0] if len(ends) else np.nan for ends in reached]
    np.testing.assert_array_equal(median_interval(times, met), expected)


def test_the_interval_of_a_median_that_is_not_reached_has_no_upper_end():
    low, high = median_interval([1, 2, 3, 4, 9, 9, 9, 9, 9], np.arange(9) < 4)
    assert low == 1
    assert np.isnan(high)


@pytest.mark.parametrize("times", [[5.0], [1.0, 9.0], [3.0, 1.0, 2.0], [4.0, 4.0, 6.0, 8.0], list(range(10))])
def test_without_censored_trials_the_median_is_the_plain_one(times):
    assert median_time(times, [True] * len(times)) == np.median(times)


def test_where_trials_are_censored_together_at_the_end_they_count_as_later_than_all():
    assert median_time([1, 2, 3, 9, 9], [True, True, True, False, False]) == 3


@pytest.mark.parametrize("num_met", [0, 1, 5])
def test_a_median_that_half_of_the_trials_or_fewer_met_is_not_reached(num_met):
    met = np.arange(10) < num_met
    assert np.isnan(median_time(np.where(met, np.arange(10), 100), met))


def test_a_trial_that_was_lost_early_is_neither_dropped_nor_taken_as_met():
    times = [1, 2, 3, 4, 5]
    lost = median_time(times, [False, True, True, True, True])
    assert lost == 3.5  # of four at risk from 2 on: the plain median of 2, 3, 4, 5
    assert median_time(times, [True] * 5) == 3


def test_no_trials_have_no_median():
    assert np.isnan(median_time([], []))
    assert np.isnan(median_interval([], [])).all()
