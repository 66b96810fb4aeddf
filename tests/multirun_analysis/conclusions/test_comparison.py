import numpy as np
import pytest
from scipy import stats

from multirun_analysis import compare, read_sweep
from multirun_analysis.statistics.power import pairs_to_show
from tests.multirun_analysis.folders import CONFIG, GRU, LSTM, make_trial, write_job, write_wrong

RNN = CONFIG["model"]
WORSE = [900, 910, 920, 930, 940, 950, 960, 970, 980, 990]
BETTER = [100, 120, 140, 160, 180, 200, 220, 240, 260, 995]


def compare_in(folder, **options):
    return compare(read_sweep(folder), **options)


def test_the_better_of_two_models_is_named_with_trials_won_and_p(tmp_path):
    for hidden in (2, 5):
        write_wrong(tmp_path / f"rnn{hidden}", WORSE, hidden=hidden)
        write_wrong(tmp_path / f"lstm{hidden}", BETTER, hidden=hidden, model=LSTM)
    assert list(compare_in(tmp_path)["text"]) == [
        "lstm beats rnn at hidden=2 (9 of 10 trials, p = .004)",
        "lstm beats rnn at hidden=5 (9 of 10 trials, p = .004)",
    ]


def test_the_p_value_is_that_of_scipy_for_trials_of_the_same_seed(tmp_path):
    write_wrong(tmp_path / "rnn", WORSE)
    write_wrong(tmp_path / "lstm", BETTER, model=LSTM)
    (row,) = compare_in(tmp_path).itertuples()
    assert row.p == pytest.approx(stats.wilcoxon(WORSE, BETTER, method="exact").pvalue)


def test_only_seeds_that_both_have_are_paired(tmp_path):
    write_wrong(tmp_path / "rnn", WORSE)
    write_wrong(tmp_path / "lstm", BETTER, model=LSTM, seed=2)
    (row,) = compare_in(tmp_path).itertuples()
    assert row.pairs == 8
    assert row.p == pytest.approx(stats.wilcoxon(WORSE[2:], BETTER[:8], method="exact").pvalue)


def test_p_values_are_corrected_within_the_models_of_one_setting(tmp_path):
    write_wrong(tmp_path / "rnn", WORSE)
    write_wrong(tmp_path / "lstm", BETTER, model=LSTM)
    write_wrong(tmp_path / "gru", [wrong + 1 for wrong in BETTER], model=GRU)
    table = compare_in(tmp_path)
    assert sorted(table["p_holm"]) == pytest.approx([3 * 2 / 1024, 2 * 4 / 1024, 2 * 4 / 1024])


def test_models_are_compared_only_where_all_else_is_equal(tmp_path):
    write_wrong(tmp_path / "a", WORSE, hidden=2)
    write_wrong(tmp_path / "b", WORSE, hidden=5)
    write_wrong(tmp_path / "c", BETTER, hidden=5, model=LSTM)
    assert list(compare_in(tmp_path)["text"]) == ["lstm beats rnn at hidden=5 (9 of 10 trials, p = .004)"]


def test_no_difference_is_not_called_equality(tmp_path):
    write_wrong(tmp_path / "rnn", [1, 2, 3, 4, 5, 6, 7, 8])
    write_wrong(tmp_path / "lstm", [2, 1, 4, 3, 6, 5, 8, 7], model=LSTM)
    (text,) = compare_in(tmp_path)["text"]
    assert text == "no difference shown between lstm and rnn (lstm ahead in 4, rnn in 4 of 8 trials, p = 1)"


def test_trials_that_are_all_equal_show_no_difference(tmp_path):
    write_wrong(tmp_path / "rnn", [0] * 10)
    write_wrong(tmp_path / "lstm", [0] * 10, model=LSTM)
    (row,) = compare_in(tmp_path).itertuples()
    assert (row.verdict, row.p, row.a_won, row.b_won, row.lead, row.effect) == ("none", 1, 0, 0, 0, 0)
    assert row.text.endswith("p = 1)")  # no number of such trials would separate them


@pytest.mark.parametrize("trials", [1, 2, 5])
def test_few_trials_are_said_not_to_tell_even_if_one_model_wins_all(tmp_path, trials):
    write_wrong(tmp_path / "rnn", WORSE[:trials])
    write_wrong(tmp_path / "lstm", BETTER[:trials], model=LSTM)
    (text,) = compare_in(tmp_path)["text"]
    assert text == f"too few trials to tell lstm from rnn ({trials} of the same seed)"


def test_six_trials_can_tell_two_models_but_not_three(tmp_path):
    write_wrong(tmp_path / "rnn", WORSE[:6])
    write_wrong(tmp_path / "lstm", BETTER[:6], model=LSTM)
    assert list(compare_in(tmp_path)["verdict"]) == ["a"]
    write_wrong(tmp_path / "gru", [0] * 6, model=GRU)
    assert set(compare_in(tmp_path)["verdict"]) == {"few"}


def test_models_without_a_common_seed_are_not_compared(tmp_path):
    write_wrong(tmp_path / "rnn", WORSE)
    write_wrong(tmp_path / "lstm", BETTER, model=LSTM, seed=100)
    (text,) = compare_in(tmp_path)["text"]
    assert text == "too few trials to tell lstm from rnn (0 of the same seed)"


def test_a_model_that_is_still_running_is_not_compared_yet(tmp_path):
    write_wrong(tmp_path / "rnn", WORSE)
    write_job(tmp_path / "lstm", None, "running", model=LSTM)
    assert list(compare_in(tmp_path)["verdict"]) == ["few"]


def test_a_trial_that_diverged_counts_as_all_wrong(tmp_path):
    write_wrong(tmp_path / "rnn", [2900] * 8)
    write_job(tmp_path / "lstm", [make_trial(seed, None, status="diverged") for seed in range(8)], model=LSTM)
    (row,) = compare_in(tmp_path).itertuples()
    assert (row.verdict, row.b_won) == ("b", 8)


def test_keys_that_a_model_brings_with_it_are_told(tmp_path):
    write_wrong(tmp_path / "a", WORSE, hidden=16, optimizer={"lr": 0.01})
    write_wrong(tmp_path / "b", BETTER, hidden=32, optimizer={"lr": 0.02}, model=LSTM)
    (text,) = compare_in(tmp_path)["text"]
    assert text == "lstm hidden=32 lr=0.02 beats rnn hidden=16 lr=0.01 (9 of 10 trials, p = .004)"


@pytest.mark.parametrize("other", [{"test_sequences": 1000}, {"task": {"index": 0}}, {"task": {"name": "echo"}}])
def test_models_with_other_test_sets_are_never_paired(tmp_path, other):
    write_wrong(tmp_path / "a", WORSE)
    write_wrong(tmp_path / "b", BETTER, model=LSTM, **other)
    assert compare_in(tmp_path).empty


def test_the_engine_that_was_chosen_does_not_keep_models_apart(tmp_path):
    write_wrong(tmp_path / "a", WORSE, hidden=2)
    write_wrong(tmp_path / "b", BETTER, hidden=2, model=LSTM, engine="reference")
    write_wrong(tmp_path / "c", WORSE, hidden=5)
    write_wrong(tmp_path / "d", BETTER, hidden=5, model=LSTM)
    assert list(compare_in(tmp_path)["verdict"]) == ["a", "a"]


def test_engines_are_kept_apart_where_a_setting_ran_on_both(tmp_path):
    for engine in ("fused", "reference"):
        write_wrong(tmp_path / f"rnn-{engine}", WORSE, engine=engine)
        write_wrong(tmp_path / f"lstm-{engine}", BETTER, engine=engine, model=LSTM)
    texts = list(compare_in(tmp_path)["text"])
    assert [text.partition(" (")[0] for text in texts] == [
        "lstm beats rnn at engine=fused",
        "lstm beats rnn at engine=reference",
    ]


def test_two_versions_of_a_model_are_each_compared_with_the_others(tmp_path):
    for number, digest in enumerate(("0a", "1b")):
        mine = {"_target_": "mgu.MGU", "name": "mgu"}
        write_wrong(
            tmp_path / digest, [wrong + 1 - number for wrong in BETTER], model=mine, model_source=f"mgu {digest}"
        )
    write_wrong(tmp_path / "rnn", WORSE)
    texts = list(compare_in(tmp_path)["text"])
    assert [text.partition(" (")[0] for text in texts] == [
        "mgu model_source=mgu 1b beats mgu model_source=mgu 0a",
        "mgu model_source=mgu 0a beats rnn",
        "mgu model_source=mgu 1b beats rnn",
    ]


def test_models_of_tasks_with_another_source_are_never_paired(tmp_path):
    write_wrong(tmp_path / "a", WORSE, task_source="adding 0a")
    write_wrong(tmp_path / "b", BETTER, model=LSTM, task_source="adding 1b")
    assert compare_in(tmp_path).empty


def test_a_task_is_named_where_there_are_several(tmp_path):
    for task in ("echo", "recall"):
        write_wrong(tmp_path / f"rnn-{task}", WORSE, task={"name": task})
        write_wrong(tmp_path / f"lstm-{task}", BETTER, task={"name": task}, model=LSTM)
    assert compare_in(tmp_path)["text"][0] == "lstm beats rnn on echo (9 of 10 trials, p = .004)"


def test_any_varied_key_can_be_compared(tmp_path):
    write_wrong(tmp_path / "a", WORSE, hidden=2)
    write_wrong(tmp_path / "b", BETTER, hidden=5)
    (text,) = compare_in(tmp_path, over="hidden")["text"]
    assert text == "hidden=5 beats hidden=2 (9 of 10 trials, p = .004)"


def test_one_model_alone_is_compared_with_none(tmp_path):
    write_wrong(tmp_path / "a", WORSE)
    assert compare_in(tmp_path).empty


def test_a_difference_that_is_not_shown_comes_with_the_trials_that_it_would_take(tmp_path):
    write_wrong(tmp_path / "rnn", [300, 320, 340, 360, 380, 400, 420, 440])
    write_wrong(tmp_path / "lstm", [290, 310, 345, 350, 370, 415, 410, 425], model=LSTM)
    (row,) = compare_in(tmp_path).itertuples()
    assert row.verdict == "none"
    assert row.pairs_needed == np.ceil(pairs_to_show([10, 10, -5, 10, 10, -15, 10, 15]))
    assert row.text.endswith(f" of 8 trials, p = .20); about {row.pairs_needed:.0f} trials would separate them")


def test_more_models_at_a_setting_take_more_trials(tmp_path):
    write_wrong(tmp_path / "rnn", [300, 320, 340, 360, 380, 400, 420, 440])
    write_wrong(tmp_path / "lstm", [290, 310, 345, 350, 370, 415, 410, 425], model=LSTM)
    (alone,) = compare_in(tmp_path)["pairs_needed"]
    write_wrong(tmp_path / "gru", [0] * 8, model=GRU)
    table = compare_in(tmp_path).set_index(["a", "b"])
    assert table["pairs_needed"]["lstm", "rnn"] > alone


def test_the_trials_it_would_take_are_always_more_than_there_are(tmp_path):
    difference = [1, 2, 3, 4, 5, 6, 7, 8, -9, 10]  # p = .064
    write_wrong(tmp_path / "rnn", [1000 + more for more in difference])
    write_wrong(tmp_path / "lstm", [1000] * 10, model=LSTM)
    (row,) = compare_in(tmp_path).itertuples()
    assert row.verdict == "none"
    assert row.pairs_needed > 10


def test_the_size_of_a_difference_is_its_mean_over_the_pairs_with_an_interval(tmp_path):
    write_wrong(tmp_path / "rnn", WORSE)
    write_wrong(tmp_path / "lstm", BETTER, model=LSTM)
    (row,) = compare_in(tmp_path).itertuples()
    leads = (np.array(WORSE) - BETTER) / 3000
    interval = stats.bootstrap((leads,), np.mean, rng=np.random.default_rng(1)).confidence_interval
    assert row.lead == pytest.approx(leads.mean())
    assert (row.lead_low, row.lead_high) == pytest.approx(interval, abs=0.006)


def test_the_effect_is_one_where_a_model_wins_every_pair(tmp_path):
    write_wrong(tmp_path / "rnn", WORSE)
    write_wrong(tmp_path / "lstm", [0] * 10, model=LSTM)
    write_wrong(tmp_path / "gru", [2000] * 10, model=GRU)
    assert list(compare_in(tmp_path)["effect"]) == [-1, -1, 1]  # gru lstm, gru rnn, lstm rnn


def test_a_pair_of_one_trial_has_a_difference_but_no_interval(tmp_path):
    write_wrong(tmp_path / "rnn", [30])
    write_wrong(tmp_path / "lstm", [0], model=LSTM)
    (row,) = compare_in(tmp_path).itertuples()
    assert row.lead == pytest.approx(0.01)
    assert np.isnan([row.lead_low, row.lead_high, row.pairs_needed]).all()
