import numpy as np
import pandas as pd
import pytest

from multirun_analysis import read_curves, read_sweep, summarise_curves
from multirun_analysis.frames.curves import MOST_POSITIONS, thin_curves
from seqmem import records
from tests.multirun_analysis.folders import make_trial, write_job, write_wrong


def made(*paths, setting=0):
    """Curves of trials, each a list of (sequences, error)."""
    rows = [(setting, seed, *index) for seed, path in enumerate(paths) for index in path]
    return pd.DataFrame(rows, columns=["setting", "seed", "sequences", "train_error"]).assign(ended=True)


def test_curves_are_read_a_row_a_trial_and_place(tmp_path):
    write_wrong(tmp_path, [0, 1500])
    curves = read_curves(read_sweep(tmp_path))
    assert list(curves["sequences"]) == [2000, 6000, 10_000] * 2
    np.testing.assert_allclose(curves["train_error"], [0.8, 0.4, 0, 0.9, 0.7, 0.5])


def test_a_trial_that_appears_twice_has_one_curve(tmp_path):
    write_wrong(tmp_path / "a", [1, 2])
    write_wrong(tmp_path / "b", [2, 3], seed=1)
    curves = read_curves(read_sweep(tmp_path))
    assert curves.groupby("seed").size().to_dict() == {0: 3, 1: 3, 2: 3}


def test_curves_of_trials_without_a_result_are_left_out(tmp_path):
    write_job(tmp_path, [make_trial(0), make_trial(1)], "interrupted", trials=2)
    path = tmp_path / records.TRIALS
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    assert set(read_curves(read_sweep(tmp_path))["seed"]) == {0}


def test_curves_of_some_settings_only_can_be_read(tmp_path):
    write_wrong(tmp_path / "a", [1], hidden=2)
    write_wrong(tmp_path / "b", [1], hidden=5)
    assert set(read_curves(read_sweep(tmp_path), settings=[1])["setting"]) == {1}


def test_damaged_curves_are_left_out_and_noted(tmp_path):
    write_wrong(tmp_path / "a", [1])
    (write_wrong(tmp_path / "b", [1], hidden=7) / records.CURVES).write_text("trial\n0\n")
    sweep = read_sweep(tmp_path)
    assert set(read_curves(sweep)["setting"]) == {0}
    assert "skipped in the learning curves" in sweep.notes[-1]
    assert "b/curves.csv is damaged" in sweep.notes[-1]


def test_median_and_quartiles_are_over_the_trials_at_each_place():
    paths = [[(10, value), (20, value / 2)] for value in (0.1, 0.2, 0.6, 0.9, 0.4)]
    table = summarise_curves(made(*paths))
    assert list(table["sequences"]) == [10, 20]
    np.testing.assert_allclose(table[["low", "median", "high"]], [[0.2, 0.4, 0.6], [0.1, 0.2, 0.3]])
    assert set(table["trials"]) == {5}


def test_a_trial_that_ended_early_keeps_its_last_value():
    table = summarise_curves(made([(10, 0.5), (15, 0.0)], [(10, 0.5), (20, 0.5), (30, 0.5)], [(10, 0.5), (15, 0.0)]))
    assert list(table["sequences"]) == [10, 15, 20, 30]
    np.testing.assert_allclose(table["median"], [0.5, 0, 0, 0])


def test_one_trial_is_its_own_median_without_a_band():
    table = summarise_curves(made([(10, 0.5), (20, 0.1)]))
    np.testing.assert_array_equal(table["low"], table["high"])
    np.testing.assert_array_equal(table["median"], [0.5, 0.1])


def test_each_setting_has_its_own_curve():
    table = summarise_curves(pd.concat([made([(10, 0.5)]), made([(7, 0.1), (9, 0.2)], setting=3)]))
    assert table.groupby("setting")["sequences"].agg(list).to_dict() == {0: [10], 3: [7, 9]}


def test_places_without_the_measure_are_left_out():
    curves = made([(10, np.nan), (20, 0.5)]).rename(columns={"train_error": "test_error"})
    assert list(summarise_curves(curves, "test_error")["sequences"]) == [20]


def test_long_curves_are_thinned_but_keep_their_ends():
    table = summarise_curves(made([(index, index / 10_000) for index in range(1, 10_001)]))
    assert len(table) == MOST_POSITIONS
    assert table["sequences"].iloc[[0, -1]].tolist() == [1, 10_000]


def test_no_curves_give_an_empty_table():
    assert summarise_curves(made()).empty


@pytest.mark.parametrize("places", [1, 3, 100, 101, 250])
def test_a_thinned_curve_has_few_places_of_its_own_first_and_last_among_them(places):
    places = np.arange(places)
    curves = pd.concat(
        pd.DataFrame({"setting": 0, "seed": seed, "sequences": 64 * places, "train_error": places + seed / 10})
        for seed in (3, 4)
    )
    for seed, thin in thin_curves(curves).groupby("seed"):
        assert len(thin) <= 101
        assert {0, 64 * places[-1]} <= set(thin["sequences"])
        np.testing.assert_allclose(thin["value"], thin["sequences"] / 64 + seed / 10)


def test_places_without_the_measure_are_left_out_of_a_thinned_curve():
    curves = pd.DataFrame({"setting": 0, "seed": 0, "sequences": [1, 2, 3], "train_error": [0.5, np.nan, 0.25]})
    assert thin_curves(curves)["sequences"].tolist() == [1, 3]


def write_state_of(folder, seed, errors, **changes):
    """The state of a trial whose curve has come so far."""
    points = np.array([[100.0 * (i + 1), 1.0, error, -1.0, -1.0, 1.0, -1.0, -1.0] for i, error in enumerate(errors)])
    state = {"progress": {"curve": {"points": points} | changes}, "engine": {"weights": np.zeros(2)}}
    records.write_state(folder, "0" * 12, {seed: state})


def test_curves_of_trials_under_way_are_read_as_far_as_they_have_come_where_asked_for(tmp_path):
    write_job(tmp_path, [make_trial(0)], "interrupted", trials=2)
    write_state_of(tmp_path, 1, [0.9, 0.7])
    sweep = read_sweep(tmp_path)
    curves = read_curves(sweep, so_far=True)
    own = curves[~curves["ended"]]
    assert list(zip(own["seed"], own["sequences"], own["train_error"], strict=True)) == [(1, 100, 0.9), (1, 200, 0.7)]
    assert set(read_curves(sweep)["seed"]) == {0}


def test_what_is_no_curve_in_a_state_is_left_out_and_noted(tmp_path):
    write_job(tmp_path, [make_trial(0)], "interrupted", trials=2)
    write_state_of(tmp_path, 1, [0.9], points=np.full((1, 8), np.nan))
    sweep = read_sweep(tmp_path)
    assert set(read_curves(sweep, so_far=True)["seed"]) == {0}
    assert sweep.notes[-1].endswith("is damaged: the points of a curve are none")


def test_a_trial_under_way_counts_as_far_as_it_has_come():
    curves = made([(10, 0.5), (20, 0.1)], [(10, 0.9)])
    curves["ended"] = curves["seed"] == 0
    assert list(summarise_curves(curves)["median"]) == pytest.approx([0.7, 0.1])
