import numpy as np
import pytest
from scipy import stats

from multirun_analysis import compare
from tests.multirun_analysis.conclusions.designs import BUDGET, draw_errors, draw_solving, make_sweep

ERRORS = {"lstm": np.arange(10) / 100, "rnn": np.arange(10) / 100 + 0.055}


def made(draw, levels=None, **options):
    return compare(make_sweep(levels or {"model": ["lstm", "rnn"]}, draw, np.random.default_rng(0), **options))


def by_model(results):
    return lambda setting, trials, rng: results[setting["model"]]


def only(comparisons, **values):
    for name, value in values.items():
        comparisons = comparisons[comparisons[name] == value]
    assert len(comparisons) == 1
    return comparisons.iloc[0]


def test_wrong_predictions_are_compared_by_the_mann_whitney_test():
    row = only(made(by_model({model: draw_errors(own) for model, own in ERRORS.items()})))
    assert row["p"] == pytest.approx(stats.mannwhitneyu(*ERRORS.values(), method="exact").pvalue, rel=0.05)
    assert row["p_corrected"] == row["p"]  # the only comparison: nothing is solved
    assert row["difference"] == pytest.approx(0.055, abs=2e-3)
    assert row["low"] < 0.055 < row["high"]
    assert (row["value_first"], row["value_second"]) == pytest.approx((0.045, 0.1))


def test_solved_trials_are_compared_by_fishers_test():
    def solve(count):
        solved = np.arange(10) < count
        return draw_errors(np.full(10, 0.2)) | {
            "solved": solved,
            "sequences_to_criterion": np.where(solved, 100, np.nan),
        }

    row = only(made(by_model({"lstm": solve(9), "rnn": solve(2)})), outcome="solved")
    assert row["p"] == pytest.approx(stats.fisher_exact([[9, 1], [2, 8]]).pvalue)
    assert (row["value_first"], row["value_second"], row["difference"]) == pytest.approx((9, 2, 0.7))


def test_trials_that_never_met_their_criterion_took_longer():
    def times(first):
        times = np.array([*first, *[np.nan] * (10 - len(first))])
        return draw_errors(np.zeros(10)) | {"solved": ~np.isnan(times), "sequences_to_criterion": times}

    fast, slow = times(np.arange(100, 1000, 100)), times(np.arange(150, 1500, 150))
    row = only(made(by_model({"lstm": fast, "rnn": slow})), outcome="sooner")
    ranked = [np.nan_to_num(own["sequences_to_criterion"], nan=BUDGET) for own in (fast, slow)]
    assert row["effect"] == pytest.approx(1 - 2 * stats.mannwhitneyu(*ranked).statistic / 100)
    assert row["difference"] < 1  # times as many sequences


def test_a_trial_that_diverged_is_all_wrong_and_never_solved():
    lost = draw_errors(np.full(10, 0.1)) | {"solved": np.ones(10, bool), "sequences_to_criterion": np.full(10, 5.0)}
    sweep = make_sweep({"model": ["lstm", "rnn"]}, by_model({"lstm": lost, "rnn": lost}), np.random.default_rng(0))
    sweep.trials.loc[sweep.trials["setting"] == 1, ["status", "solved"]] = ["diverged", False]
    sweep.trials.loc[sweep.trials["setting"] == 1, ["wrong", "sequences_to_criterion"]] = None
    comparisons = compare(sweep)
    assert (comparisons["effect"] == 1).all() and comparisons["shown"].all()
    assert only(comparisons, outcome="wrong")["value_second"] == 1


def test_two_settings_at_chance_are_not_told_apart_by_how_wrong_they_are():
    guesses = {"lstm": draw_errors(0.875 - 0.004 * ERRORS["rnn"]), "rnn": draw_errors(0.877 + 0.004 * ERRORS["rnn"])}
    assert len(made(by_model(guesses), chance=0.875)) == 0
    assert len(made(by_model(guesses), chance=None)) == 1
    learned = guesses | {"lstm": draw_errors(np.full(10, 0.5))}
    assert only(made(by_model(learned), chance=0.875))["shown"]


def test_settings_alike_in_all_else_count_together():
    def draw(setting, trials, rng):
        return draw_errors(
            rng.normal(0.3 * (setting["hidden"] == 2) + 0.05 * (setting["model"] == "rnn") + 0.2, 0.03, 10)
        )

    row = only(made(draw, {"model": ["lstm", "rnn"], "hidden": [2, 5]}), key="model", matched="keys")
    assert (row["settings"], row["trials_first"], row["trials_second"]) == (2, 20, 20)
    assert row["shown"]


def test_every_key_has_the_same_share_however_many_values_it_has():
    def draw(setting, trials, rng):
        return draw_errors(rng.normal(0.5, 0.05, trials))

    levels = {"model": ["lstm", "rnn"], "lr": [1, 2, 3, 4]}
    table = made(draw, levels)
    main = table[(table["matched"] == "keys") & (table["least_p"] < 0.05)]
    row = main[main["key"] == "model"].iloc[0]
    if row["p"] == main["p"].min():
        assert row["p_corrected"] <= 3 * row["p"] * (1 + 1e-9)  # two keys and the interactions
    assert (main["key"] == "lr").sum() == 6


def test_what_no_result_could_show_is_not_in_the_family():
    def draw(setting, trials, rng):
        return draw_errors(rng.normal(0.5, 0.05, trials))

    table = made(draw, {"model": ["lstm", "rnn"], "hidden": [2, 5]}, trials=2)
    assert not table["could_show"].any() and not table["shown"].any()


def test_an_interaction_that_turns_a_difference_round_is_found():
    def draw(setting, trials, rng):
        return draw_errors(
            rng.normal(0.4 + 0.2 * ((setting["model"] == "rnn") == (setting["hidden"] == 2)), 0.03, trials)
        )

    table = made(draw, {"model": ["lstm", "rnn"], "hidden": [2, 5]})
    row = only(table[table["by"] != ""], key="model")
    assert (row["by"], row["at"], row["other_at"], row["shown"]) == ("hidden", "hidden=2", "hidden=5", True)
    assert row["effect_at"] == 1 and row["effect_other_at"] == -1
    assert not only(table, key="model", matched="keys")["shown"]


def test_equal_numbers_of_parameters_are_compared_beside_equal_widths():
    sizes = {"lstm": {2: 140, 5: 400}, "rnn": {2: 58, 5: 145}}
    error = {("lstm", 2): 0.7, ("lstm", 5): 0.1, ("rnn", 2): 0.8, ("rnn", 5): 0.5}

    def draw(setting, trials, rng):
        return draw_errors(rng.normal(error[setting["model"], setting["hidden"]], 0.02, trials))

    levels = {"model": ["lstm", "rnn"], "hidden": [2, 5]}
    table = made(draw, levels, parameters=lambda s: sizes[s["model"]][s["hidden"]])
    assert only(table, key="model", matched="keys")["effect"] == 1
    assert only(table, key="model", matched="parameters")["effect"] == -1


def test_asked_for_one_key_the_family_is_that_of_this_key():
    rng = np.random.default_rng(0)
    sweep = make_sweep({"model": ["lstm", "rnn"], "hidden": [2, 5]}, lambda s, n, r: draw_solving(r, n, 0.5), rng)
    assert set(compare(sweep, "hidden")["key"]) == {"hidden"}
