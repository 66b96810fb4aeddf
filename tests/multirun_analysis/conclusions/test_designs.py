"""Designed sweeps: what the report says of them is held to the truth that they were made from."""

import numpy as np
import pytest

from tests.multirun_analysis.conclusions.designs import draw_errors, draw_solving, find, make_sweep, say

PAIR = {"model": ["lstm", "rnn"]}
SMALL = {**PAIR, "hidden": [2, 5]}
GRID = {"model": ["lstm", "rnn", "gru"], "hidden": [2, 5, 10], "lr": [0.001, 0.01]}
CUBE = {**SMALL, "lr": [0.001, 0.01]}
LARGE = {"model": ["lstm", "rnn", "gru", "irnn"], "hidden": list(range(25)), "lr": [i / 1000 for i in range(10)]}
BY_LUCK = {"trials": lambda rng: int(rng.integers(2, 20)), "kept": 0.7, "diverged": 0.1}
SEVERAL = {"trials": lambda rng: int(rng.integers(10, 20)), "kept": 0.9, "diverged": 0.05}


def draw_alike(_, trials, rng):
    return draw_errors(rng.normal(0.5, 0.05, trials))


def draw_half(_, trials, rng):
    return draw_solving(rng, trials, 0.5)


def draw_rare(_, trials, rng):
    """Most trials have no error, a few many: as GRU of width 5 on recall."""
    return draw_solving(rng, trials, 0.9)


def draw_guesses(_, trials, rng):
    return draw_errors(rng.binomial(3000, 0.875, trials) / 3000)


def draw_perfect(_, trials, rng):
    times = np.rint(rng.lognormal(9, 0.3, trials))
    return draw_errors(np.zeros(trials)) | {"solved": np.ones(trials, bool), "sequences_to_criterion": times}


NULLS = {
    "errors": (GRID, draw_alike, {}),
    "errors of two settings": (PAIR, draw_alike, {}),
    "half solved": (GRID, draw_half, {}),
    "half solved, small": (SMALL, draw_half, {}),
    "few fail": (SMALL, draw_rare, {}),
    "chance": (SMALL, draw_guesses, {"chance": 0.875}),
    "ceiling": (SMALL, draw_perfect, {}),
    "two trials": (SMALL, draw_alike, {"trials": 2}),
    "three trials": (SMALL, draw_half, {"trials": 3}),
    "fifty trials": (SMALL, draw_half, {"trials": 50}),
    "unbalanced": (GRID, draw_half, BY_LUCK),
    "one setting": ({"model": ["lstm"]}, draw_half, {}),
}


def draw_worse(setting, trials, rng):
    """One standard deviation between models."""
    return draw_errors(rng.normal(0.5 + 0.05 * (setting["model"] != "lstm"), 0.05, trials))


def draw_five(setting, trials, rng):
    """Five of ten trials solved against none."""
    return draw_solving(rng, trials, 0.5 * (setting["model"] == "lstm"))


def draw_sooner(setting, trials, rng):
    """All solved, but one a standard deviation of the logarithm sooner."""
    times = np.rint(rng.lognormal(9 + 0.3 * (setting["model"] != "lstm"), 0.3, trials))
    return draw_perfect(setting, trials, rng) | {"sequences_to_criterion": times}


def draw_turned(setting, trials, rng):
    """One standard deviation to one side or the other, by another key."""
    turned = (setting["model"] == "lstm") == (setting["hidden"] == 2)
    return draw_errors(rng.normal(0.5 + 0.05 * turned, 0.05, trials))


def draw_turned_solving(setting, trials, rng):
    return draw_solving(rng, trials, 0.5 * ((setting["model"] == "lstm") == (setting["hidden"] == 2)))


PLANTED = {
    "one deviation": (CUBE, draw_worse, {}),
    "one deviation in four settings": (SMALL, draw_worse, {}),
    "one deviation in a grid": (GRID, draw_worse, {}),
    "five of ten": (CUBE, draw_five, {}),
    "five of ten in four settings": (SMALL, draw_five, {}),
    "five of ten, unbalanced": (CUBE, draw_five, SEVERAL),
    "sooner": (CUBE, draw_sooner, {}),
    "twenty trials": (SMALL, draw_worse, {"trials": 20}),
    "fifty trials": (SMALL, draw_five, {"trials": 50}),
}
TURNED = {"errors": (CUBE, draw_turned, {}), "solving": (CUBE, draw_turned_solving, {})}


def count_false(design, sweeps, seed=0):
    """How many sweeps without any difference are said to have one."""
    levels, draw, options = design
    rng = np.random.default_rng(seed)
    return sum(len(find(make_sweep(levels, draw, rng, **options))) > 0 for _ in range(sweeps))


def name_first(design, sweeps, seed=0):
    """What the first sentence on a key is about, of each of some sweeps, and whether it is said to be shown."""
    levels, draw, options = design
    rng = np.random.default_rng(seed)
    first = []
    for _ in range(sweeps):
        lines = say(make_sweep(levels, draw, rng, **options))[:4]  # what was lost, the best, the differences
        told = [line for line in lines if line.startswith(tuple(levels))]
        first.append((told[0], "no difference shown" not in told[0] and "nothing can be shown" not in told[0]))
    return first


@pytest.mark.parametrize("name", ["errors of two settings", "half solved, small", "chance", "one setting"])
def test_nothing_is_found_where_there_is_nothing(name):
    assert count_false(NULLS[name], 60) <= 8  # of a rate of .05 more are less likely than .01


@pytest.mark.parametrize("name", ["one deviation", "five of ten"])
def test_what_makes_a_difference_is_named_first(name):
    named = [text.startswith("model") for text, _ in name_first(PLANTED[name], 20)]
    assert sum(named) >= 18


def test_two_trials_show_nothing_and_that_is_said():
    levels, draw, _ = PLANTED["five of ten in four settings"]
    for text, shown in name_first((levels, draw, {"trials": 2}), 10):
        assert not shown
        assert "nothing can be shown" in text


@pytest.mark.slow
@pytest.mark.parametrize("name", NULLS)
def test_false_findings_are_as_rare_as_stated(name):
    assert count_false(NULLS[name], 1000, seed=1) <= 50


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_difference_is_first_in_95_of_100_sweeps(name):
    named = [text.startswith("model") for text, _ in name_first(PLANTED[name], 200, seed=1)]
    assert np.mean(named) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("name", TURNED)
def test_a_difference_that_another_key_turns_round_is_first_as_such(name):
    pairs = ("model depends on hidden", "hidden depends on model")
    named = [text.startswith(pairs) for text, _ in name_first(TURNED[name], 200, seed=1)]
    assert np.mean(named) >= 0.8  # both sides must be seen, beyond their standard errors


@pytest.mark.slow
def test_a_thousand_settings_are_judged_like_a_few():
    rng = np.random.default_rng(0)
    assert len(find(make_sweep(LARGE, draw_alike, rng))) == 0
    lines = say(make_sweep(LARGE, draw_worse, rng))
    assert lines[1].startswith("model: lstm was wrong in 50")
