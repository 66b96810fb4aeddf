import numpy as np
import pandas as pd
import pytest
from scipy import stats

from multirun_analysis import read_sweep, summarise
from multirun_analysis.statistics.intervals import median_intervals
from tests.multirun_analysis.folders import make_trial, write_job, write_wrong


def summarise_one(folder):
    (row,) = [row for _, row in summarise(read_sweep(folder)).iterrows()]
    return row


def test_wrong_predictions_are_described_over_trials_as_pandas_does(tmp_path):
    wrong = [5, 7, 7, 100, 3000]
    write_wrong(tmp_path, wrong)
    row = summarise_one(tmp_path)
    values = pd.Series(wrong)
    assert row["wrong_mean"] == values.mean()
    assert row["wrong_median"] == values.median()
    assert row["wrong_std"] == pytest.approx(values.std())
    assert [row["wrong_min"], row["wrong_q1"], row["wrong_q3"], row["wrong_max"]] == [5, 7, 100, 3000]


def test_the_interval_of_the_error_rate_is_over_trials_not_over_predictions(tmp_path):
    write_wrong(tmp_path, [0, 0, 0, 3000, 3000, 3000])
    row = summarise_one(tmp_path)
    assert row["error_rate"] == row["error_rate_median"] == 0.5
    assert (row["error_rate_low"], row["error_rate_high"]) == (0, 1)


def test_the_interval_of_the_error_rate_is_that_of_the_counts(tmp_path):
    wrong = [5, 7, 7, 9, 30, 50, 100, 300]
    write_wrong(tmp_path, wrong)
    row = summarise_one(tmp_path)
    np.testing.assert_allclose([row["error_rate_low"], row["error_rate_high"]], median_intervals([wrong])[0] / 3000)
    assert row["error_rate_median"] == pytest.approx(19.5 / 3000)


def test_one_trial_has_no_spread_and_no_interval(tmp_path):
    write_wrong(tmp_path, [30])
    row = summarise_one(tmp_path)
    assert row["error_rate"] == 0.01
    assert row[["wrong_std", "error_rate_low", "error_rate_high"]].isna().all()


def test_the_stricter_tolerance_is_described_where_the_task_has_one(tmp_path):
    write_wrong(tmp_path / "a", [1, 2], hidden=1)
    write_job(tmp_path / "b", [make_trial(seed, outside_tolerance=seed * 10) for seed in range(3)], hidden=2)
    table = summarise(read_sweep(tmp_path))
    assert table["outside_tolerance_mean"].isna().tolist() == [True, False]
    assert table["outside_tolerance_mean"][1] == table["outside_tolerance_median"][1] == 10


def test_trials_that_met_their_criterion_are_solved_with_wilsons_interval(tmp_path):
    trials = [make_trial(seed, sequences_to_criterion=100 if seed < 7 else None) for seed in range(10)]
    write_job(tmp_path, trials)
    row = summarise_one(tmp_path)
    assert (row["solved"], row["trials"], row["solved_rate"]) == (7, 10, 0.7)
    expected = stats.binomtest(7, 10).proportion_ci(method="wilson")
    assert (row["solved_low"], row["solved_high"]) == pytest.approx((expected.low, expected.high))


def test_the_median_of_the_sequences_to_criterion_is_plain_where_all_met_it(tmp_path):
    write_job(tmp_path, [make_trial(seed, sequences_to_criterion=100 * (seed + 1)) for seed in range(4)])
    row = summarise_one(tmp_path)
    assert row["sequences_to_criterion"] == 250
    assert np.isnan(row["budget"])


def test_trials_that_never_met_their_criterion_count_as_later_than_all_others(tmp_path):
    met = [100, 200, 300, None, None]
    write_job(tmp_path, [make_trial(seed, sequences_to_criterion=at) for seed, at in enumerate(met)])
    row = summarise_one(tmp_path)
    assert row["sequences_to_criterion"] == 300
    assert row["budget"] == 10_000


def test_a_median_that_is_not_reached_is_empty_beside_the_budget(tmp_path):
    write_wrong(tmp_path, [1, 2, 3])
    row = summarise_one(tmp_path)
    assert np.isnan(row["sequences_to_criterion"])
    assert row["budget"] == 10_000


def test_a_trial_that_diverged_is_not_solved_and_not_lost_early(tmp_path):
    early = make_trial(0, None, status="diverged", sequences=50, mean_test_error=None)
    met = [make_trial(seed, 10, sequences=at, sequences_to_criterion=at) for seed, at in ((1, 100), (2, 300))]
    write_job(tmp_path, [early, *met], trials=3)
    row = summarise_one(tmp_path)
    assert (row["solved"], row["trials"], row["diverged"]) == (2, 3, 1)
    assert row["sequences_to_criterion"] == 300  # later than both, as if it had gone on in vain
    assert row["wrong_mean"] == (10 + 10 + 3000) / 3  # all wrong, as in the tests


def test_trials_without_a_result_are_counted_by_what_became_of_them(tmp_path):
    write_job(tmp_path / "a", [make_trial(0)], "running", trials=3)
    write_job(tmp_path / "b", None, "failed", trials=2, seed=10)
    write_job(tmp_path / "c", None, "interrupted", trials=1, seed=20)
    write_wrong(tmp_path / "d", [1], trials=2, seed=30)
    row = summarise_one(tmp_path)
    assert row[["trials", "running", "failed", "interrupted", "missing", "diverged"]].tolist() == [2, 2, 2, 1, 1, 0]


def test_the_trials_that_ended_in_an_interrupted_job_count(tmp_path):
    write_job(tmp_path, [make_trial(0, 10)], "interrupted", trials=2)
    row = summarise_one(tmp_path)
    assert (row["wrong_mean"], row["trials"]) == (10, 1)


def test_a_setting_without_a_finished_trial_has_a_row_of_blanks(tmp_path):
    write_wrong(tmp_path / "a", [1])
    write_job(tmp_path / "b", None, "running", hidden=7)
    table = summarise(read_sweep(tmp_path))
    assert table["trials"].tolist() == [1, 0]
    assert table.loc[1, ["wrong_mean", "error_rate", "sequences_to_criterion", "seconds", "solved_rate"]].isna().all()


def test_a_setting_whose_trials_all_diverged_is_all_wrong(tmp_path):
    write_job(tmp_path, [make_trial(seed, None, status="diverged") for seed in range(2)], trials=2)
    row = summarise_one(tmp_path)
    assert row["error_rate"] == row["error_rate_median"] == 1
    assert (row["solved"], row["trials"]) == (0, 2)


def test_accuracy_while_training_is_the_mean_over_trials(tmp_path):
    write_job(tmp_path, [make_trial(0, mean_test_error=0.2), make_trial(1, mean_test_error=0.6)], trials=2)
    assert summarise_one(tmp_path)["training_accuracy"] == pytest.approx(0.6)


def test_a_row_does_not_depend_on_the_other_settings(tmp_path):
    write_wrong(tmp_path / "a", [1, 5, 9], hidden=2)
    alone = summarise_one(tmp_path)
    write_wrong(tmp_path / "b", [7, 8, 100], hidden=5)
    beside = summarise(read_sweep(tmp_path)).loc[0]
    pd.testing.assert_series_equal(
        alone.drop("task"), beside[alone.index].drop("task"), check_names=False, check_dtype=False
    )


def test_no_key_takes_the_name_of_a_result(tmp_path):
    names = ["trials", "seconds", "budget", "error_rate", "wrong", "running", "sequences"]
    for value in (1, 2):
        write_wrong(tmp_path / f"{value}", [1], model={"_target_": "x.Y", **dict.fromkeys(names, value)}, budget=value)
    sweep = read_sweep(tmp_path)
    assert {"config.budget", "model.budget", "model.wrong", "model.trials"} <= set(sweep.keys)
    assert summarise(sweep).columns.is_unique
    assert sweep.trials.columns.is_unique
