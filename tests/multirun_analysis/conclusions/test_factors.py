import numpy as np
import pytest

from multirun_analysis import AnalysisError
from multirun_analysis.conclusions.factors import MOST_LEVELS, find_contrasts, find_factors, pair_by_parameters
from tests.multirun_analysis.conclusions.designs import draw_errors, make_sweep

RNG = np.random.default_rng(0)


def made(levels, keep=lambda setting: True, parameters=lambda setting: 100):
    sweep = make_sweep(levels, lambda *_: draw_errors([0.5] * 2), RNG, trials=2, parameters=parameters)
    rows = [row for row in sweep.settings.index if keep(sweep.settings.loc[row])]
    number = {row: index for index, row in enumerate(rows)}
    trials = sweep.trials[sweep.trials["setting"].isin(rows)]
    settings = sweep.settings.loc[rows].reset_index(drop=True)
    changed = {"trials": trials.assign(setting=trials["setting"].map(number)), "settings": settings}
    return type(sweep)(**{**vars(sweep), **changed})


def names(factor, pairs):
    return [tuple(sorted((factor.levels[a], factor.levels[b]))) for a, b in pairs]


def test_every_key_that_varies_is_a_factor():
    assert [f.key for f in find_factors(made({"model": ["lstm", "rnn"], "hidden": [2, 5], "lr": [0.1]}))] == [
        "model",
        "hidden",
    ]


def test_settings_are_paired_that_differ_in_this_key_only():
    sweep = made({"model": ["lstm", "rnn"], "hidden": [2, 5]}, keep=lambda s: (s["model"], s["hidden"]) != ("rnn", 5))
    model, hidden = find_factors(sweep)
    assert model.pair_settings(*model.levels) == [(0, 2)]
    assert hidden.pair_settings(*hidden.levels) == [(0, 1)]


def test_keys_that_always_vary_together_are_one_factor():
    sweep = made({"model": ["lstm"], "lr": [0.1, 0.2], "clip": [1, 2]}, keep=lambda s: s["lr"] * 10 == s["clip"])
    (factor,) = find_factors(sweep)
    assert factor.name == "lr and clip"
    assert list(factor.levels.values()) == ["lr=0.1 clip=1", "lr=0.2 clip=2"]


def test_what_a_key_brings_with_it_may_differ():
    rate = {"lstm": 0.1, "rnn": 0.2, "gru": 0.1}
    sweep = made({"model": list(rate), "lr": [0.1, 0.2]}, keep=lambda s: rate[s["model"]] == s["lr"])
    model, lr = find_factors(sweep)
    assert sorted(model.levels.values()) == ["gru lr=0.1", "lstm lr=0.1", "rnn lr=0.2"]
    assert all(model.pair_settings(a, b) for a in model.levels for b in model.levels if a != b)
    assert lr.groups == []  # no two settings differ in the rate alone


def test_one_key_may_be_asked_for():
    sweep = made({"model": ["lstm", "rnn"], "hidden": [2, 5]})
    assert [factor.key for factor in find_factors(sweep, "hidden")] == ["hidden"]
    with pytest.raises(AnalysisError, match=r"^lr does not vary between these settings; choose from model, hidden$"):
        find_factors(sweep, "lr")


def test_what_it_was_computed_with_is_no_factor():
    assert [f.key for f in find_factors(made({"engine": ["fused", "reference"], "hidden": [2, 5]}))] == ["hidden"]


def test_of_many_values_ten_are_compared_the_first_and_the_last_among_them():
    (factor,) = find_factors(made({"hidden": list(range(33))}))
    assert len(factor.levels) == MOST_LEVELS
    assert {"hidden=0", "hidden=32"} <= set(factor.levels.values())
    assert factor.left_out == 23


def test_settings_of_like_size_are_paired_each_once():
    sizes = {"lstm": {2: 140, 5: 400}, "rnn": {2: 58, 5: 145}}
    sweep = made({"model": list(sizes), "hidden": [2, 5]}, parameters=lambda s: sizes[s["model"]][s["hidden"]])
    model = find_factors(sweep)[0]
    assert pair_by_parameters(sweep, model, *model.levels) == [(0, 3)]


def test_where_equal_widths_have_equal_sizes_they_are_not_paired_again():
    sweep = made({"model": ["lstm", "rnn"], "hidden": [2, 5]})
    model = find_factors(sweep)[0]
    assert pair_by_parameters(sweep, model, *model.levels) == []


def test_a_contrast_holds_the_same_settings_against_each_other_at_two_values():
    sweep = made(
        {"model": ["lstm", "rnn"], "hidden": [2, 5], "lr": [1, 2]}, keep=lambda s: tuple(s[1:]) != ("rnn", 5, 2)
    )
    model, hidden, _ = find_factors(sweep)
    ((low, high, at_low, at_high),) = find_contrasts(sweep, model.pair_settings(*model.levels), model, hidden)
    assert (hidden.levels[low], hidden.levels[high]) == ("hidden=2", "hidden=5")
    assert (at_low, at_high) == ([(0, 4)], [(2, 6)])
