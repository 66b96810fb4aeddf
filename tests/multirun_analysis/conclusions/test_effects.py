import pandas as pd
import pytest

from multirun_analysis import compare, draw_all, read_sweep, summarise
from multirun_analysis.conclusions.effects import average_levels, choose_outcome, rank_keys, summarise_effects
from tests.multirun_analysis.folders import LSTM, write_wrong


@pytest.fixture
def sweep(tmp_path):
    """Two models and two sizes: size makes the larger difference."""
    for hidden in (2, 5):
        for index, options in enumerate(({}, {"model": LSTM})):
            wrong = [2700 - 400 * hidden - 150 * index + seed for seed in range(10)]
            write_wrong(tmp_path / f"{index}{hidden}", wrong, hidden=hidden, **options)
    return read_sweep(tmp_path)


def test_the_key_with_the_largest_effect_comes_first(sweep):
    effects = summarise_effects(sweep, summarise(sweep))
    assert list(dict.fromkeys(effects["key"])) == ["hidden", "model"]
    assert effects.groupby("key")["effect"].first().to_dict() == pytest.approx({"hidden": 40.0, "model": 5.0})


def test_settings_that_are_alike_in_all_else_are_a_group(sweep):
    effects = summarise_effects(sweep, summarise(sweep))
    groups = effects[effects["key"] == "hidden"].groupby("group")["setting"].apply(list)
    assert [sweep.settings["model"][settings].unique().tolist() for settings in groups] == [["lstm"], ["rnn"]]


def test_means_are_those_of_groups_that_have_every_value():
    rows = [("a", 0, 10.0), ("b", 0, 20.0), ("a", 1, 30.0), ("b", 1, 50.0), ("a", 2, 90.0)]
    means = average_levels(pd.DataFrame(rows, columns=["level", "group", "value"]))
    assert means.to_dict() == {"a": 20.0, "b": 35.0}


def test_keys_are_ranked_by_the_difference_of_their_best_and_worst(sweep):
    ranking = rank_keys(compare(sweep), "wrong")
    assert list(ranking["key"]) == ["hidden", "model"]
    assert ranking.loc[0, ["better", "worse"]].tolist() == ["hidden=5", "hidden=2"]
    assert ranking["difference"].tolist() == pytest.approx([40.0, 5.0], abs=0.2)
    assert (ranking["low"] <= ranking["difference"]).all()
    assert ranking["shown"].all()


def test_solved_trials_tell_settings_apart_where_there_are_any(sweep):
    summary = summarise(sweep)
    assert choose_outcome(summary) == "wrong"
    assert choose_outcome(summary.assign(solved=1)) == "solved"


def test_a_sweep_of_two_keys_has_figures_of_them(sweep):
    drawn = dict(draw_all(sweep, summarise(sweep), compare(sweep)))
    assert [ax.get_title(loc="left") for ax in drawn["main_effects"].axes] == ["hidden: 40 points", "model: 5 points"]
    assert [label.get_text() for label in drawn["key_ranking"].axes[0].get_yticklabels()] == [
        "hidden: 5 over 2",
        "model: lstm over rnn",
    ]


def test_a_sweep_of_one_key_has_none(tmp_path):
    for hidden in (2, 5):
        write_wrong(tmp_path / f"{hidden}", [hidden, 3], hidden=hidden)
    sweep = read_sweep(tmp_path)
    assert not {"main_effects", "key_ranking"} & set(dict(draw_all(sweep, summarise(sweep), compare(sweep))))
