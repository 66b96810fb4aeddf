import numpy as np
import pytest

from multirun_analysis import compare
from multirun_analysis.conclusions.sentences import explain
from tests.multirun_analysis.conclusions.designs import draw_errors, draw_solving, make_sweep, say

GRID = {"model": ["lstm", "rnn"], "hidden": [2, 5]}


def made(draw, levels=None, seed=0, **options):
    return make_sweep(levels or GRID, draw, np.random.default_rng(seed), **options)


def solve(solved, time=1000.0):
    done = np.arange(10) < solved
    times = np.where(done, time + np.arange(10), np.nan)
    return draw_errors(np.where(done, 0, 0.5)) | {"solved": done, "sequences_to_criterion": times}


def test_the_best_settings_come_first_then_what_made_the_difference():
    best, difference = say(made(lambda s, n, r: solve(10 if s["model"] == "lstm" else 0), {"model": ["lstm", "rnn"]}))
    assert best == "Best: lstm solved 10 of 10 trials [72, 100 %], after 1,004 sequences (median)."
    assert difference == (
        "model: lstm solved 10 of 10 trials, rnn 0 of 10: 100 points more [60.8, 100], p < .001, in one pair of "
        "settings alike in all else (figure solved_rate)."
    )


def test_solved_by_more_is_better_than_less_wrong_and_less_wrong_than_sooner():
    def draw(setting, trials, rng):
        return solve(10, {2: 3000.0, 5: 1000.0}[setting["hidden"]]) if setting["model"] == "lstm" else solve(9)

    best, *_ = say(made(draw))
    assert best.startswith(
        "Best: 2 of 4 settings solved 10 of 10 trials [72, 100 %]; soonest lstm hidden=5, after 1,004"
    )


def test_where_nothing_is_solved_the_least_wrong_is_named():
    best, *_ = say(made(lambda s, n, r: draw_errors(r.normal(0.1 * s["hidden"], 0.01, n))))
    assert best.startswith("No trial solved the task, of 40. Least wrong:")
    assert "hidden=2" in best


def test_settings_at_chance_have_learned_nothing_and_no_number_of_trials_is_recommended():
    lines = say(made(lambda s, n, r: draw_errors(r.normal(0.875, 0.006, n)), chance=0.875))
    assert lines == [
        "No setting learned anything: none is better than a guess (87.5 % wrong). "
        "More trials would not tell them apart."
    ]


def test_of_some_settings_at_chance_it_is_said_which():
    lines = say(
        made(lambda s, n, r: draw_errors(r.normal(0.875 if s["model"] == "rnn" else 0.2, 0.006, n)), chance=0.875)
    )
    assert (
        lines[1]
        == "2 of 4 settings learned nothing, no better than a guess (87.5 % wrong): rnn hidden=2, rnn hidden=5."
    )
    assert lines[2].startswith("model: lstm was wrong in 19.9 %")


def test_diverged_and_failed_trials_are_named_first_and_once():
    sweep = made(lambda s, n, r: solve(10))
    sweep.trials.loc[sweep.trials["setting"] == 0, "status"] = "failed"
    sweep.trials.loc[sweep.trials["setting"] == 3, ["status", "solved"]] = ["diverged", False]
    lines = say(sweep)
    assert lines[0] == (
        "10 of 40 trials diverged, counted as all wrong: rnn hidden=5; 10 of 40 trials failed: lstm hidden=2."
    )
    assert not [line for line in lines[1:] if "diverged" in line or "failed" in line]


def test_with_too_few_trials_it_is_said_that_nothing_can_be_shown():
    lines = say(made(lambda s, n, r: draw_errors(r.normal(0.1 if s["model"] == "rnn" else 0.5, 0.01, n)), trials=2))
    told = "model: nothing can be shown with 2 trials a setting; the most one-sided result has p = .056 before"
    assert f"{told} it is corrected." in lines


def test_a_key_without_effect_says_how_large_one_can_be_at_most():
    *_, last = say(made(lambda s, n, r: draw_errors(r.normal(0.5, 0.05, n)), {"model": ["lstm", "rnn"]}))
    assert last.startswith("model: no difference shown. The largest seen: ")
    assert "[-" in last


def test_an_interaction_of_two_keys_is_said_once():
    lines = say(made(lambda s, n, r: solve(10 if (s["model"] == "rnn") == (s["hidden"] == 2) else 0)))
    turned = [line for line in lines if "depends on" in line]
    assert turned == [
        "model depends on hidden: rnn solved more than lstm at hidden=2 (ahead in 100 % of pairs of trials), lstm at "
        "hidden=5 (100 %), p < .001 (figure solved_rate)."
    ]


def test_equal_width_and_equal_parameters_may_say_the_opposite():
    sizes = {"lstm": {2: 140, 5: 400}, "rnn": {2: 58, 5: 145}}
    error = {("lstm", 2): 0.7, ("lstm", 5): 0.1, ("rnn", 2): 0.8, ("rnn", 5): 0.5}

    def draw(setting, trials, rng):
        return draw_errors(rng.normal(error[setting["model"], setting["hidden"]], 0.02, trials))

    lines = say(made(draw, parameters=lambda s: sizes[s["model"]][s["hidden"]]))
    width, equal = (next(line for line in lines if line.startswith(start)) for start in ("model:", "model, at equal"))
    assert width.startswith("model: lstm was wrong in ")
    assert equal.startswith("model, at equal numbers of parameters: rnn was wrong in ")
    assert equal.endswith("The other way round than at equal width.")


@pytest.mark.parametrize("speed", [0.3, 3.0])
def test_who_is_sooner_is_told_with_how_many_times_as_many_sequences(speed):
    def draw(setting, trials, rng):
        return draw_solving(rng, trials, 1.0, speed if setting["model"] == "rnn" else 1)

    sweep = made(draw)
    text = next(text for text in explain(compare(sweep))["text"] if "met the criterion" in text)
    assert text.startswith("rnn met the criterion after" if speed > 1 else "lstm met the criterion after")
    assert " times as many [0." in text
    assert float(text.split(" times")[0].rsplit(": ")[1]) < 1


def test_who_is_sooner_is_told_where_no_median_is_reached():
    def draw(setting, trials, rng):
        return solve(4, 1000.0 if setting["model"] == "lstm" else 9000.0)

    sweep = made(draw, {"model": ["lstm", "rnn"]})
    text = next(text for text in explain(compare(sweep))["text"] if "met the criterion" in text)
    told = (
        "lstm met the criterion sooner than rnn, though neither in half of its trials: ahead in 58 % of pairs of trials"
    )
    assert text.startswith(f"{told} [")


def test_every_comparison_is_told_what_is_shown_first():
    told = explain(compare(made(lambda s, n, r: solve(10 if s["model"] == "lstm" else 0))))
    assert told["shown"].is_monotonic_decreasing
    assert told["text"].str.len().gt(0).all()
    assert "pairs" not in told
