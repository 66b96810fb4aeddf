"""Rows and the points that answer them."""

import math

import pytest

from multirun_analysis import read_sweep
from multirun_analysis.documents.findings import Finding, find
from tests.multirun_analysis.documents.answers import answer, make_row
from tests.multirun_analysis.folders import make_trial

ROW = make_row()


def look_up(folder, row=ROW):
    (finding,) = find([row], read_sweep(folder))
    return finding


def test_a_row_finds_the_jobs_that_its_command_made(tmp_path):
    answer(tmp_path / "own", ROW, [make_trial(0, 4), make_trial(1, 6)])
    answer(tmp_path / "other", make_row(point="recipe=echo_bilstm"), [make_trial(0, 100)], hidden=7)
    finding = look_up(tmp_path)
    assert (finding.of_seed, finding.mean, finding.median, finding.missing) == ({0: 4, 1: 6}, 5, 5, "")


def test_jobs_of_other_seeds_belong_to_the_same_row(tmp_path):
    for seed in (0, 5):
        answer(tmp_path / str(seed), ROW, [make_trial(seed, seed, first_seed=seed)], f"seed={seed}", seed=seed)
    assert look_up(tmp_path).values == [0, 5]


def test_a_row_counts_solved_trials(tmp_path):
    answer(tmp_path / "job", ROW, [make_trial(0, 4, sequences_to_criterion=8), make_trial(1, 7)])
    finding = look_up(tmp_path)
    assert (finding.solved, finding.trials) == (1, 2)


def test_points_that_differ_in_what_else_was_typed_are_no_answer(tmp_path):
    answer(tmp_path / "long", ROW, [make_trial(0)])
    answer(tmp_path / "short", ROW, [make_trial(0)], "max_sequences=8", max_sequences=8)
    assert look_up(tmp_path).missing == "2 points fit: compare them in folders of their own"


def test_what_was_not_run_is_named(tmp_path):
    answer(tmp_path / "job", ROW, [make_trial(0)])
    other = {"point": "recipe=echo_bilstm"}
    assert look_up(tmp_path, make_row(**other)).missing == "not run"
    assert look_up(tmp_path, make_row(absent="no MNIST here", **other)).missing == "not run: no MNIST here"


def test_a_job_without_a_finished_trial_is_named(tmp_path):
    answer(tmp_path / "job", ROW, [make_trial(0, status="failed")])
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
    place = make_finding(printed, values).place
    assert (place.share, place.equal) == (share, equal)
    assert place.low <= share <= place.high


@pytest.mark.parametrize(
    ("printed", "values", "differs"), [("", [4, 6], ""), ("5", [5], ""), ("5", [4, 6], "another loss"), ("5", [], "")]
)
def test_what_was_not_printed_or_comes_from_one_trial_or_another_protocol_has_no_place(printed, values, differs):
    assert make_finding(printed, values, differs=differs).place is None


@pytest.mark.parametrize(
    ("values", "median"), [([1, 3], 2), ([1, 2, math.inf], 2), ([1, math.inf], math.inf), ([math.inf] * 2, math.inf)]
)
def test_what_never_came_is_larger_than_any_number_in_a_median(values, median):
    assert make_finding("", values).median == median
