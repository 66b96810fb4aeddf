"""Figures, from records written by hand."""

import math

import pytest

from multirun_analysis import read_sweep
from multirun_analysis.documents.findings import find
from multirun_analysis.documents.measures import MEASURES
from seqmem import records
from seqmem.training.curves import CurvePoint
from seqmem.training.outcome import FurtherResult, Outcome, Sample
from tests.multirun_analysis.documents.answers import answer, expect, make_row
from tests.multirun_analysis.folders import make_trial

TRIALS = [
    make_trial(0, 30, sequences_to_criterion=100, mean_test_error=0.25, train_loss=0.5),
    make_trial(1, 60, mean_test_error=0.75, train_loss=1.5),
]
# sequences, loss and error of each trial's curve, and those on the test set
CURVES = [
    [(1, 2.0, 1.0), (2, 1.0, 0.0, 0.9, 0.25), (3, 1.5, 0.5), (4, 0.5, 0.0)],
    [(1, 4.0, 1.0), (2, 3.0, 0.0, 0.9, 0.5), (4, 3.5, 1.0)],
]


@pytest.fixture
def values(tmp_path):
    """The values of a figure in a folder of two trials."""

    def read(figure, at=""):
        row = make_row(figure=figure, at=at)
        folder = answer(tmp_path / "job", row, TRIALS)
        outcomes = [
            Outcome(trial, [CurvePoint(*setting, last_loss=setting[1] / 2) for setting in curve], {},
                    [Sample("1 1", "1", f"0.{trial.trial + 7}")], None,
                    [FurtherResult("20 bits", 10 * trial.trial, 40)])
            for trial, curve in zip(TRIALS, CURVES, strict=True)
        ]  # fmt: skip
        (folder / records.TRIALS).unlink()
        records.write_outcomes(folder, outcomes)
        (finding,) = find([row], read_sweep(tmp_path), expect(row))
        return finding.missing or finding.of_seed

    return read


@pytest.mark.parametrize(
    ("figure", "at", "expected"),
    [
        ("train_loss", "", {0: 0.5, 1: 1.5}),
        ("train_loss", "1", {0: 2.0, 1: 4.0}),
        ("train_loss", "3", {0: 1.5}),
        ("last_loss", "1", {0: 1.0, 1: 2.0}),
        ("last_loss", "3", {0: 0.75}),
        ("mean_printed_loss", "2 4", {0: 0.375, 1: 1.625}),
        ("mean_printed_loss", "1 2", {0: 0.75, 1: 1.75}),
        ("lowest_printed_loss", "1 4", {0: 0.25, 1: 1.5}),
        ("lowest_printed_loss", "3 4", {0: 0.75}),
        ("lowest_train_loss", "", {0: 0.5, 1: 3.0}),
        ("accuracy", "", {0: 0.99, 1: 0.98}),
        ("mean_test_accuracy", "", {0: 0.75, 1: 0.25}),
        ("wrong", "", {0: 30, 1: 60}),
        ("sequences_to_criterion", "", {0: 100, 1: math.inf}),
        ("right_from", "", {0: 4, 1: math.inf}),
        ("answer", "1", {0: 0.7, 1: 0.8}),
        ("residual", "1", {0: -0.3, 1: -0.2}),
        ("test_accuracy", "2", {0: 0.75, 1: 0.5}),
        ("wrong_in_test", "20 bits", {0: 0, 1: 10}),
        ("accuracy_in_test", "20 bits", {0: 1, 1: 0.75}),
    ],
)
def test_a_figure_is_read_from_the_records_of_each_trial(values, figure, at, expected):
    assert values(figure, at) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("figure", "at"), [("train_loss", "7"), ("answer", "2"), ("wrong_in_test", "50 bits"), ("outside_tolerance", "")]
)
def test_a_figure_that_no_trial_has_is_said_to_be_missing(values, figure, at):
    assert values(figure, at) == "its trials have no wrong"


def test_a_damaged_file_is_named_in_its_row(tmp_path):
    row = make_row(figure="answer", at="1")
    folder = answer(tmp_path / "job", row, TRIALS)
    (folder / records.SAMPLES).write_text("trial\n0\n")
    (finding,) = find([row], read_sweep(tmp_path), expect(row))
    assert finding.missing == f"{folder / records.SAMPLES} is damaged: no column input, prediction, target"


@pytest.mark.parametrize(
    ("prediction", "shown"), [("abc", "abc"), ("", ""), ("\x1b[31m", "\\\\x1b[31m"), ("x" * 99, "x" * 50)]
)
def test_a_prediction_that_is_no_number_is_named_in_its_row(tmp_path, prediction, shown):
    row = make_row(figure="answer", at="1")
    folder = answer(tmp_path / "job", row, TRIALS)
    (folder / records.SAMPLES).write_text(f"trial,input,target,prediction\n0,1,1,{prediction}\n")
    (finding,) = find([row], read_sweep(tmp_path), expect(row))
    assert finding.missing == f"its prediction '{shown}' in samples.csv is no number"


@pytest.mark.parametrize(
    ("figure", "value", "text"),
    [
        ("accuracy", 0.87654, "87.65 %"), ("train_loss", 1.23456, "1.2346"), ("answer", -1e-9, "0.0000"),
        ("wrong", 1500.0, "1,500"), ("wrong", 0.5, "0.5"), ("right_from", math.inf, "never"),
    ],
)  # fmt: skip
def test_a_figure_is_written_as_its_kind_is(figure, value, text):
    assert MEASURES[figure].write(value) == text


def test_trials_that_have_not_ended_do_not_count(tmp_path):
    row = make_row()
    answer(tmp_path / "job", row, TRIALS[:1], owed=1, status="interrupted")
    (finding,) = find([row], read_sweep(tmp_path), expect(row))
    assert (finding.of_seed, finding.trials) == ({0: 30}, 1)
