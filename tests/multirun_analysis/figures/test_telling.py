import pandas as pd

from multirun_analysis import draw_all, read_curves, read_sweep, summarise
from multirun_analysis.figures.telling import choose_telling, keep_settings
from tests.multirun_analysis.folders import write_wrong


def summary(solved, errors=None, trials=10):
    errors = [0.5] * len(solved) if errors is None else errors
    columns = {"trials": trials, "solved_rate": solved, "error_rate_median": errors, "sequences_to_criterion": None}
    return pd.DataFrame(columns).astype({"sequences_to_criterion": "float64"})


def test_up_to_ten_settings_are_all_shown():
    assert choose_telling(summary([0.0] * 10)) == list(range(10))


def test_of_more_the_best_the_worst_and_those_nearest_to_half_solved_are_shown():
    solved = [1.0] * 8 + [0.95, 0.5, 0.6, 0.1] + [0.0] * 8
    errors = [0.01 * index for index in range(20)]
    assert choose_telling(summary(solved, errors)) == [0, 1, 2, 3, 9, 10, 11, 17, 18, 19]


def test_where_nothing_is_solved_the_boundary_is_half_way_between_the_errors():
    errors = [0.1] * 8 + [0.5, 0.52] + [0.9] * 10
    assert {8, 9} <= set(choose_telling(summary([0.0] * 20, errors)))


def test_a_setting_without_a_finished_trial_tells_nothing():
    assert choose_telling(summary([0.0, 0.0], trials=[0, 3])) == [1]


def test_settings_that_are_kept_keep_their_trials_and_curves(tmp_path):
    for hidden in range(1, 5):
        write_wrong(tmp_path / f"{hidden}", [100 * hidden, 200], hidden=hidden)
    whole = read_sweep(tmp_path)
    part = keep_settings(whole, [1, 3])
    assert part.settings["hidden"].tolist() == [2, 4]
    assert part.trials["wrong"].tolist() == [200, 200, 400, 200]
    expected = read_curves(whole, [1, 3])
    pd.testing.assert_frame_equal(read_curves(part), expected.assign(setting=expected["setting"].map({1: 0, 3: 1})))


def test_what_is_left_out_is_said(tmp_path):
    for hidden in range(1, 13):
        write_wrong(tmp_path / f"{hidden:02}", [100 * hidden, 200], hidden=hidden)
    sweep = read_sweep(tmp_path)
    names = [name for name, _ in draw_all(sweep, summarise(sweep))]
    assert "learning_curves" in names
    assert sweep.notes == [
        "figures of single settings show 10 of 12: the best, the worst, and those nearest to half solved; "
        "choose others with --where"
    ]


def test_a_setting_that_is_under_way_may_have_a_curve():
    assert choose_telling(summary([0.0, 0.0], trials=[0, 0]).assign(running=[3, 0])) == [0]
