import numpy as np
import pytest
from scipy import stats

from multirun_analysis import read_sweep, summarise_solving
from multirun_analysis.frames.solving import criterion_times
from tests.multirun_analysis.folders import make_trial, write_job, write_wrong


def test_the_share_of_solved_trials_is_that_of_scipy(tmp_path):
    met, seen = [300, 100, None, 300, None, 700], [300, 100, 200, 300, 1000, 700]
    trials = [
        make_trial(seed, sequences=end, sequences_to_criterion=at)
        for seed, (at, end) in enumerate(zip(met, seen, strict=True))
    ]
    write_job(tmp_path, trials, trials=6)
    table = summarise_solving(read_sweep(tmp_path))
    censored = [at is None for at in met]
    expected = stats.ecdf(stats.CensoredData.right_censored(seen, censored)).cdf
    assert table["sequences"].tolist() == [0, 100, 300, 700, 1000]
    np.testing.assert_allclose(table["solved"], expected.evaluate(table["sequences"]))


@pytest.mark.parametrize(("at", "end"), [(None, 0), (500, 1)])
def test_the_share_goes_from_none_to_the_last_sequence(tmp_path, at, end):
    write_job(tmp_path, [make_trial(seed, sequences_to_criterion=at) for seed in range(3)], trials=3)
    table = summarise_solving(read_sweep(tmp_path))
    assert table.iloc[0][["sequences", "solved"]].tolist() == [0, 0]
    assert table.iloc[-1]["solved"] == end


def test_a_trial_that_diverged_counts_to_the_end_of_its_setting(tmp_path):
    diverged = make_trial(0, None, status="diverged", sequences=10)
    write_job(tmp_path, [diverged, make_trial(1, sequences=400, sequences_to_criterion=400)], trials=2)
    ((_, times, met),) = criterion_times(read_sweep(tmp_path).trials)
    assert times.tolist() == [400, 400]
    assert met.tolist() == [False, True]


def test_each_setting_has_its_own_steps(tmp_path):
    write_wrong(tmp_path / "a", [1], hidden=2)
    write_wrong(tmp_path / "b", [1], hidden=5)
    assert summarise_solving(read_sweep(tmp_path)).groupby("setting").size().to_dict() == {0: 2, 1: 2}
