from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from multirun_analysis.statistics.intervals import (
    ahead_interval,
    median_intervals,
    most_unlike,
    share_difference,
    wilson_interval,
)

# Wrong predictions of 3,000 of 200 trials of each network of `experiment=d4_recall`'s sizes, seeds 0 .. 199:
# python -m seqmem.train -m model=rnn,lstm,gru hidden=2,5,10 trials=200
POOLS = pd.read_csv(Path(__file__).with_name("recall_pools.csv"))


@pytest.mark.parametrize("network", POOLS)
@pytest.mark.parametrize("trials", [6, 10, 20])
def test_the_interval_of_a_median_covers_that_of_each_network_of_recall(network, trials):
    pool = POOLS[network].to_numpy(float)
    drawn = np.random.default_rng(0).choice(pool, (2000, trials))
    low, high = median_intervals(list(drawn)).T
    middle = np.median(pool)
    assert ((low <= middle) & (middle <= high)).mean() >= 0.94  # stated: .95; of 2,000 samples


def test_no_interval_of_the_mean_that_ten_trials_can_give_covers_where_few_trials_fail():
    drawn = np.random.default_rng(0).choice(POOLS["gru 5"].to_numpy(float), (2000, 10))
    half = stats.t.ppf(0.975, 9) * drawn.std(1, ddof=1) / 10**0.5
    assert (np.abs(drawn.mean(1) - POOLS["gru 5"].mean()) <= half).mean() < 0.7


def test_trials_of_one_seed_are_not_alike_so_that_pairing_by_seed_gains_nothing():
    varied = POOLS.loc[:, POOLS.std() > 0]
    correlation = varied.corr("spearman").to_numpy()
    assert np.abs(correlation[np.triu_indices(len(correlation), 1)]).mean() < 0.1


def test_ten_trials_give_the_second_and_the_ninth():
    assert median_intervals([range(10)]).tolist() == [[1, 8]]


@pytest.mark.parametrize("size", [6, 7, 10, 25, 50])
def test_the_ends_are_those_of_the_sign_test(size):
    low, high = median_intervals([np.arange(size)])[0].astype(int)
    assert high == size - 1 - low
    assert stats.binomtest(low, size).pvalue <= 0.05 < stats.binomtest(low + 1, size).pvalue


def test_fewer_than_six_trials_have_no_interval():
    assert np.isnan(median_intervals([[1, 2, 3, 4, 5], [], [1]])).all()


def test_trials_that_are_all_alike_leave_room_for_others():
    assert most_unlike(10) == pytest.approx(stats.binomtest(0, 10, alternative="less").proportion_ci(0.95).high)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (1, 1)])
def test_the_interval_of_a_share_is_wilsons(k, n):
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert [float(end) for end in wilson_interval(k, n)] == pytest.approx([expected.low, expected.high])


def test_no_trials_have_no_interval_of_a_share():
    assert np.isnan(wilson_interval(0, 0)).all()


def test_a_difference_of_shares_has_newcombes_interval():
    # Newcombe (1998), table II, example (a), method 10: 56/70 - 48/80
    assert share_difference(56, 70, 48, 80) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    # example (g): 10/10 - 0/10
    assert share_difference(10, 10, 0, 10)[1] == pytest.approx(0.6075, abs=5e-4)


def simulate_times(rng, shift, budget, count):
    """Shares of pairs of trials that are ahead, of `count` draws of ten against ten, and the true share.

    Times are log-normal; what is not met within the budget is not known, and two such are a tie.
    """

    def draw(size, shift):
        times = np.exp(rng.normal(-shift, 1, (size, 10)))
        return np.where(times > budget, np.inf, times)

    def compare(a, b):
        a, b = a[:, :, None], b[:, None, :]
        return ((a < b) + 0.5 * (a == b)).mean((1, 2))

    return compare(draw(count, shift), draw(count, 0)), compare(draw(20_000, shift), draw(20_000, 0)).mean()


@pytest.mark.parametrize("shift", [0.0, 0.7, 1.5])
@pytest.mark.parametrize("budget", [0.6, 1.0, np.inf])  # with the first, neither side has met it in half of its trials
def test_the_interval_of_who_is_ahead_covers_at_ten_trials(shift, budget):
    shares, truth = simulate_times(np.random.default_rng(0), shift, budget, 2000)
    ends = np.array([ahead_interval(float(share), 10, 10) for share in shares])
    assert ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean() >= 0.94  # stated: .95; of 2,000 samples


def test_more_pairs_of_settings_make_it_narrower():
    one, four = ahead_interval(0.7, 10, 10), ahead_interval(0.7, 40, 40, pairs=4)
    assert one[0] < four[0] < 0.7 < four[1] < one[1]


def test_who_is_always_ahead_may_be_so_by_chance():
    low, high = ahead_interval(1.0, 10, 10)
    assert 0.6 < low < 0.9
    assert high == 1.0
