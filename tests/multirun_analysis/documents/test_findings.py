"""Rows and the settings that answer them."""

import math

import pytest

from multirun_analysis import read_sweep
from multirun_analysis.documents.expected import read_expected
from multirun_analysis.documents.findings import Finding, find
from multirun_analysis.documents.rows import read_rows
from tests.multirun_analysis.documents.answers import answer, answer_as_told, expect, make_row
from tests.multirun_analysis.folders import make_trial

ROW = make_row(printed="5")
MNIST = next(row for row in read_rows() if "task=row_mnist" in row.overrides and row.printed)


def look_up(folder, row=ROW, **expected):
    (finding,) = find([row], read_sweep(folder), expect(row, **expected))
    return finding


def test_a_row_finds_the_jobs_that_its_command_made(tmp_path):
    answer(tmp_path / "own", ROW, [make_trial(0, 4), make_trial(1, 6)])
    answer(tmp_path / "other", make_row(setting="recipe=echo_bilstm"), [make_trial(0, 100)], hidden=7)
    finding = look_up(tmp_path, seeds=range(2))
    assert (finding.of_seed, finding.mean, finding.median) == ({0: 4, 1: 6}, 5, 5)
    assert (finding.missing, finding.remark, finding.name) == ("", "", "RNN 4")


def test_a_job_of_the_whole_setting_is_the_rows_whatever_was_typed(tmp_path):
    answer(tmp_path, make_row(experiment="mine", setting="hidden=5"), [make_trial(0, 4)])
    assert (look_up(tmp_path).of_seed, look_up(tmp_path).otherwise) == ({0: 4}, "")


def test_a_job_of_an_option_that_was_renamed_since_is_the_rows(tmp_path):
    answer(
        tmp_path, make_row(setting="model=rnn_cosine_attention"), [make_trial(0, 4)], model={"name": "rnn_attention"}
    )
    expected = expect(ROW, model={"name": "rnn_cosine_attention"})
    (finding,) = find([ROW], read_sweep(tmp_path), expected)
    assert (finding.of_seed, finding.otherwise) == ({0: 4}, "")


def test_jobs_of_other_seeds_belong_to_the_same_row(tmp_path):
    for seed in (0, 5):
        answer(tmp_path / str(seed), ROW, [make_trial(seed, seed, first_seed=seed)], f"seed={seed}", seed=seed)
    assert look_up(tmp_path).values == [0, 5]


def test_a_row_counts_solved_trials(tmp_path):
    answer(tmp_path / "job", ROW, [make_trial(0, 4, sequences_to_criterion=8), make_trial(1, 7)])
    finding = look_up(tmp_path)
    assert (finding.solved, finding.trials) == (1, 2)


@pytest.mark.parametrize(
    ("change", "otherwise"),
    [
        ({"max_sequences": 8}, "max_sequences=8, not 10000"),
        ({"test_sequences": 20}, "test_sequences=20, not 3000"),
        ({"optimizer": {"lr": 0.1}}, "optimizer.lr=0.1, not 0.001"),
        ({"clip": 1}, "clip=1, not null"),
        ({"digest": "ab"}, "other data"),
        ({"hidden": 7, "clip": 1, "stop": False, "batch_size": 8, "max_sequences": 8},
         "hidden=7, not 5; batch_size=8, not 64; max_sequences=8, not 10000; 2 keys more"),
    ],
)  # fmt: skip
def test_what_was_run_otherwise_is_named_as_such_and_not_compared(change, otherwise, tmp_path):
    answer(tmp_path, ROW, [make_trial(0, 4), make_trial(1, 6)], **change)
    finding = look_up(tmp_path)
    assert (finding.otherwise, finding.values, finding.missing) == (otherwise, [4, 6], "")
    assert finding.name == f"RNN 4 (run otherwise: {otherwise}; 2 of 10 trials)"
    assert (finding.percentile, finding.differs) == (None, "run otherwise")


@pytest.mark.parametrize("key", ["engine", "device", "threads", "objective"])
def test_what_computes_a_job_or_reports_it_makes_it_no_other(key, tmp_path):
    answer(tmp_path, ROW, [make_trial(0)], **{key: "other"})
    assert look_up(tmp_path).otherwise == ""


def test_of_several_settings_the_one_that_the_command_makes_is_the_rows(tmp_path):
    answer(tmp_path / "before", ROW, [make_trial(0, 1)], optimizer={"lr": 0.1})
    answer(tmp_path / "now", ROW, [make_trial(0, 2)])
    answer(tmp_path / "short", ROW, [make_trial(0, 3)], "max_sequences=8", max_sequences=8)
    assert look_up(tmp_path).values == [2]


def test_several_settings_that_were_all_run_otherwise_are_no_answer(tmp_path):
    answer(tmp_path / "short", ROW, [make_trial(0)], "max_sequences=8", max_sequences=8)
    answer(tmp_path / "shorter", ROW, [make_trial(0)], "max_sequences=7", max_sequences=7)
    assert look_up(tmp_path).missing == "2 settings fit (run otherwise): compare them in folders of their own"


def test_trials_of_the_rows_seeds_are_taken_before_others(tmp_path):
    answer(tmp_path / "chosen on", ROW, [make_trial(0, 4), make_trial(1, 6)])
    answer(tmp_path / "reported on", ROW, [make_trial(100, 9, 100)], seed=100)
    finding = look_up(tmp_path, seeds=range(100, 102))
    assert (finding.of_seed, finding.trials, finding.partial) == ({100: 9}, 1, "1 of 2 trials")


def test_trials_of_other_seeds_are_named_as_such_and_still_compared(tmp_path):
    answer(tmp_path, ROW, [make_trial(0, 4), make_trial(1, 6)])
    finding = look_up(tmp_path, seeds=range(100, 110))
    assert finding.name == "RNN 4 (seeds 0 to 1, not 100 to 109)"
    assert finding.percentile.share == 0.5


@pytest.mark.parametrize(
    ("changes", "name", "compared"),
    [
        ({}, MNIST.network, True),
        ({"digest": "0" * 64}, f"{MNIST.network} (run otherwise: other data)", False),
        ({"digest": None}, f"{MNIST.network} (run otherwise: other data)", False),
        ({"max_sequences": 64}, f"{MNIST.network} (run otherwise: max_sequences=64, not 600000)", False),
    ],
)
def test_made_up_images_and_other_budgets_do_not_pass_for_mnist(changes, name, compared, tmp_path):
    trials = [make_trial(seed, mean_test_error=0.024) for seed in read_expected()[MNIST.command].seeds]
    answer_as_told(tmp_path, MNIST, trials, **changes)
    (finding,) = find([MNIST], read_sweep(tmp_path))
    assert (finding.name, finding.is_compared) == (name, compared)


def test_what_was_not_run_is_named(tmp_path):
    answer(tmp_path / "job", ROW, [make_trial(0)], hidden=7)
    other = {"setting": "recipe=echo_bilstm"}
    assert look_up(tmp_path, make_row(**other)).missing == "not run"
    assert look_up(tmp_path, make_row(absent="no MNIST here", **other)).missing == "not run: no MNIST here"


def test_a_job_without_a_finished_trial_is_named(tmp_path):
    answer(tmp_path / "job", ROW, [], owed=1, status="failed")
    assert look_up(tmp_path).missing == "no trial is finished yet"


def make_finding(printed, values, **changes):
    return Finding(make_row(printed=printed, **changes), of_seed=dict(enumerate(values)))


@pytest.mark.parametrize(
    ("printed", "values", "share", "equal"),
    [
        ("5", [4, 6], 0.5, 0), ("6", [4, 6], 0.75, 0.5), ("7", [4, 6], 1, 0), ("0", [0.1, 0.2], 0, 0),
        (".4960", [0.4, 0.49596], 0.75, 0.5), (".49600", [0.4, 0.49596], 1, 0), (".56", [0.556, 0.7], 0.25, 0.5),
        ("1.0", [0.96, 0.97], 1, 0), ("never", [4, math.inf], 0.75, 0.5), ("never", [4, 6], 1, 0),
    ],
)  # fmt: skip
def test_a_printed_figure_has_its_place_among_the_trials_rounded_as_it_is(printed, values, share, equal):
    percentile = make_finding(printed, values).percentile
    assert (percentile.share, percentile.equal) == (share, equal)
    assert percentile.low <= share <= percentile.high


@pytest.mark.parametrize(
    ("printed", "values", "differs"), [("", [4, 6], ""), ("5", [5], ""), ("5", [4, 6], "another loss"), ("5", [], "")]
)
def test_what_was_not_printed_or_comes_from_one_trial_or_another_protocol_has_no_place(printed, values, differs):
    assert make_finding(printed, values, differs=differs).percentile is None


@pytest.mark.parametrize(
    ("values", "median"), [([1, 3], 2), ([1, 2, math.inf], 2), ([1, math.inf], math.inf), ([math.inf] * 2, math.inf)]
)
def test_what_never_came_is_larger_than_any_number_in_a_median(values, median):
    assert make_finding("", values).median == median
