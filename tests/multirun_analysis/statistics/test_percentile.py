"""One run among many: its percentile, and the test of several together, on made-up runs."""

import math

import numpy as np
import pytest
from scipy import stats

from multirun_analysis.statistics.percentile import find_percentile, joint_p, rank_p

LEVEL = 0.05
RUNS = 800
SURE = 3 * math.sqrt(LEVEL * (1 - LEVEL) / RUNS)  # what chance may add to the share of false alarms


@pytest.mark.parametrize(("below", "n"), [(0, 5), (3, 10), (25, 50), (50, 50)])
def test_the_interval_is_that_of_clopper_and_pearson(below, n):
    found = find_percentile(0.5, [0.0] * below + [1.0] * (n - below))
    exact = stats.binomtest(below, n).proportion_ci(0.95, method="exact")
    assert (found.share, found.low, found.high) == pytest.approx((below / n, exact.low, exact.high))


def test_equal_values_count_by_half_and_widen_the_interval():
    found = find_percentile(1.0, [0.0, 1.0, 1.0, 2.0])
    low, high = (stats.binomtest(k, 4).proportion_ci(0.95, method="exact") for k in (1, 3))
    assert (found.share, found.equal) == (0.5, 0.5)
    assert (found.low, found.high) == pytest.approx((low.low, high.high))


def test_what_never_comes_is_above_any_number():
    assert find_percentile(math.inf, [3.0, 4.0, math.inf, math.inf]).share == 0.75
    assert find_percentile(1e9, [3.0, 4.0, math.inf, math.inf]).share == 0.5


@pytest.mark.parametrize(("n", "steps"), [(3, None), (10, None), (50, None), (10, 2)])
def test_the_interval_covers_the_percentile_as_often_as_it_says(n, steps):
    rng = np.random.default_rng(n)
    covered = 0
    for _ in range(RUNS):
        value, others = rng.random(), rng.random(n)
        if steps:  # few distinct values: the percentile of a value is anywhere within its ties
            value, others = math.floor(value * steps), np.floor(others * steps)
        found = find_percentile(value, others)
        below, upto = (value / steps, (value + 1) / steps) if steps else (value, value)
        covered += found.low <= below and upto <= found.high
    assert covered / RUNS >= 0.95 - SURE


@pytest.mark.parametrize(
    ("value", "n", "p"), [(99, 39, 2 / 40), (-1, 39, 2 / 40), (19, 39, 1), (38, 39, 4 / 40), (99, 3, 2 / 4)]
)
def test_the_p_of_one_figure_is_that_of_its_rank(value, n, p):
    assert rank_p(value, np.arange(n)) == pytest.approx(p)


def test_the_p_of_one_figure_is_that_of_all_figures_where_there_is_but_one():
    others = np.random.default_rng(0).normal(size=30)
    assert joint_p([([1.0], others[:, None])]) == pytest.approx(rank_p(1.0, others), abs=0.01)


def draw(rng, networks, trials, figures=1, within=1.0, shared=0.0, better=0.0):
    """One run of each network, and our trials of it: theirs (K, F), ours (K, n, F).

    within: How much the figures of one run have in common; shared: how much our runs of one seed have.
    """
    seeds, own = rng.normal(size=(1, trials, 1)), rng.normal(size=(networks, trials, 1))
    luck = math.sqrt(shared) * seeds + math.sqrt(1 - shared) * own
    ours = math.sqrt(within) * luck + math.sqrt(1 - within) * rng.normal(size=(networks, trials, figures))
    luck = rng.normal(size=(networks, 1))
    theirs = math.sqrt(within) * luck + math.sqrt(1 - within) * rng.normal(size=(networks, figures))
    return theirs + better, ours


def share_of_alarms(seed, change=lambda values: values, **how):
    rng = np.random.default_rng(seed)
    alarms = 0
    for _ in range(RUNS):
        theirs, ours = draw(rng, **how)
        alarms += joint_p(list(zip(change(theirs), change(ours), strict=True))) <= LEVEL
    return alarms / RUNS


@pytest.mark.parametrize("trials", [3, 10, 50])
@pytest.mark.parametrize(
    "how",
    [
        {"networks": 1},
        {"networks": 9},
        {"networks": 9, "shared": 1.0},
        {"networks": 3, "figures": 3, "within": 0.5},
        {"networks": 3, "figures": 3, "within": 0.9, "shared": 1.0},
    ],
    ids=lambda how: ",".join(f"{key}={value}" for key, value in how.items()),
)
def test_runs_that_are_like_ours_are_called_unlike_them_no_more_often_than_stated(how, trials):
    assert share_of_alarms(trials, trials=trials, **how) <= LEVEL + SURE


def test_ties_cause_no_false_alarms():
    assert share_of_alarms(1, np.round, networks=5, trials=20, figures=2, within=0.5) <= LEVEL + SURE


def test_runs_that_all_differ_a_little_are_found_though_none_of_them_is_striking():
    how = {"networks": 9, "trials": 50, "shared": 1.0}
    assert share_of_alarms(2, better=1.0, **how) > 0.7
    assert share_of_alarms(2, better=-1.0, **how) > 0.7
    assert share_of_alarms(2, better=1.0, networks=1, trials=50) < 0.25


def test_one_run_that_is_beyond_all_of_ours_is_found():
    theirs, ours = draw(np.random.default_rng(0), networks=2, trials=200, figures=2, within=0.5)
    theirs[1] = [-9.0, -9.0]
    assert joint_p(list(zip(theirs, ours, strict=True))) < LEVEL


def test_figures_of_one_run_that_are_off_to_both_sides_do_not_cancel_out():
    _, ours = draw(np.random.default_rng(0), networks=1, trials=50, figures=2, within=0.0)
    assert joint_p([([-9.0, 9.0], ours[0])]) < 0.15 < 0.6 < joint_p([([0.0, 0.0], ours[0])])


def test_few_trials_of_one_network_can_show_nothing_at_the_usual_level():
    assert joint_p([([99.0], np.arange(10.0)[:, None])]) == pytest.approx(2 / 11, abs=0.01)


def test_p_is_one_where_every_figure_is_the_same_everywhere_or_there_is_none():
    assert joint_p([([0.0], np.zeros((10, 1)))] * 3) == 1
    assert joint_p([]) == 1


def test_the_order_of_networks_and_of_trials_changes_nothing():
    theirs, ours = draw(np.random.default_rng(0), networks=3, trials=8, figures=2)
    networks = list(zip(theirs, ours, strict=True))
    assert joint_p(networks) == joint_p([(one, trials[::-1]) for one, trials in reversed(networks)])
