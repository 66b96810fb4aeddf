"""The pictures of the page, on made-up trials."""

from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.colors import to_hex

from multirun_analysis import read_sweep
from multirun_analysis.documents.answers import echo
from multirun_analysis.documents.answers.notebook import (
    CELLS,
    DIGITS,
    LOSSES,
    SIZES,
    name_addition,
    name_digits,
    name_recall,
)
from multirun_analysis.documents.expected import read_expected
from multirun_analysis.documents.findings import Finding, find
from multirun_analysis.documents.pictures.bits import draw_bits
from multirun_analysis.documents.pictures.curves import draw_curves
from multirun_analysis.documents.pictures.gallery import LONG_LAG, PICTURES, TEMPORAL_ORDER, draw_pictures
from multirun_analysis.documents.pictures.losses import draw_losses
from multirun_analysis.documents.pictures.strings import OURS, draw_strings, read_printed
from multirun_analysis.documents.pictures.strips import draw_strips
from multirun_analysis.documents.pictures.training import draw_training
from multirun_analysis.documents.rows import SECTIONS, read_rows
from multirun_analysis.figures.style import COLOURS
from seqmem import records
from tests.multirun_analysis.documents.answers import answer, answer_as_told, expect, make_row
from tests.multirun_analysis.folders import make_trial

ROWS = read_rows()
LSTM, RNN = make_row(setting="recipe=lstm", network="LSTM"), make_row(setting="recipe=rnn", network="RNN")
NAMES = {"an LSTM": "recipe=lstm", "an RNN": "recipe=rnn", "never run": "recipe=gru"}


@pytest.fixture
def two(tmp_path):
    """Two networks of two trials each: findings and sweep."""
    for width, row in ((4, LSTM), (5, RNN)):
        answer(tmp_path / row.network, row, [make_trial(0), make_trial(1)], hidden=width)
    sweep = read_sweep(tmp_path)
    return find([LSTM, RNN], sweep, expect(LSTM, hidden=4) | expect(RNN, hidden=5)), sweep


def make(network, values, printed="5", **changes):
    return Finding(make_row(network=network, printed=printed, **changes), of_seed=dict(enumerate(values)))


def test_networks_share_one_axis_with_the_line_of_chance(two):
    (ax,) = draw_curves(*two, NAMES, {"chance": 0.5}).axes
    *curves, chance = ax.lines
    assert [line.get_label() for line in curves] == ["an LSTM", "an RNN"]
    assert [list(line.get_xdata()) for line in curves] == [[2000, 6000, 10_000]] * 2
    assert list(chance.get_ydata()) == [0.5, 0.5]
    assert [text.get_text() for text in ax.texts] == ["chance"]


def test_what_was_run_otherwise_is_not_drawn(two):
    findings, sweep = two
    forged = [Finding(own.row, otherwise="other data", setting=own.setting, of_seed=own.of_seed) for own in findings]
    assert draw_curves(forged, sweep, NAMES, {"chance": 0.5}) is None
    assert draw_training(forged, sweep, {"": NAMES}, 1000) is None


def test_a_network_whose_curves_are_damaged_is_left_out(two):
    findings, sweep = two
    (Path(sweep.jobs["job"][0]) / records.CURVES).write_text("?")
    (ax,) = draw_curves(findings, sweep, NAMES, {}).axes
    assert [line.get_label() for line in ax.lines] == ["an RNN"]
    assert draw_training(findings, sweep, {"": NAMES}, 1000)
    assert draw_losses(
        [replace(own, row=make_row(printed="1", figure="train_loss", at="1")) for own in findings], sweep
    )
    assert any("curves.csv is damaged" in note for note in sweep.notes)


def test_a_strip_shows_every_trial_their_median_and_what_was_printed():
    (ax,) = draw_strips([make("RNN, as written", [4, 6, 7]), make("LSTM, as written", [5, 5, 9])]).axes
    dots = [list(dots.get_offsets()[:, 0]) for dots in ax.collections[::3]]
    printed = [dots.get_offsets()[0].tolist() for dots in ax.collections[2::3]]
    assert dots == [[4, 6, 7], [5, 5, 9]]
    assert printed == [[5, 0], [5, 1]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["RNN", "LSTM"]
    assert ax.get_title(loc="left") == "wrong (as written)"


def test_figures_of_several_kinds_have_a_panel_each():
    figure = draw_strips([make("RNN", [4, 6]), make("RNN", [1, 2], label="loss"), make("LSTM", [4, 6])])
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["wrong", "loss"]


def test_what_is_not_compared_or_never_came_has_no_strip():
    assert draw_strips([make("RNN", [4, 6], printed=""), make("RNN", [4, 6], differs="another loss")]) is None
    assert draw_strips([make("RNN", [4, float("inf")])]) is None


def test_longer_numbers_have_a_line_a_loss_and_a_panel_for_what_was_trained_on():
    rows = [row for row in ROWS if row.figure == "accuracy_in_test" and "hidden=10" in row.setting]
    few, many = draw_bits([Finding(row, of_seed={0: 0.2, 1: 0.4, 2: 0.9}) for row in rows]).axes
    assert [ax.get_title(loc="left") for ax in (few, many)] == [
        "LSTM 10, trained on 3 bits",
        "LSTM 10, trained on 3 to 8 bits",
    ]
    for ax in (few, many):
        assert [(list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines] == [
            ([20, 50, 200], [0.4] * 3)
        ] * 3


def test_training_has_loss_above_accuracy_and_a_dashed_line_for_the_test_set(two):
    upper, lower = draw_training(*two, {"cells": NAMES}, 2000).axes
    assert (upper.get_title(loc="left"), lower.get_title(loc="left")) == ("cells", "")
    train, test = lower.lines[:2]
    assert list(train.get_xdata()) == [1, 3, 5]
    assert train.get_ydata()[-1] == pytest.approx(1 - 100 / 3000)
    assert (train.get_linestyle(), test.get_linestyle()) == ("-", "--")
    assert to_hex(train.get_color()) == to_hex(test.get_color()) == COLOURS[0].lower()


def test_accuracies_that_were_printed_by_epoch_stand_on_the_curves(two):
    findings, sweep = two
    row = make_row(setting="recipe=lstm", figure="test_accuracy", at="6000", printed="0.5")
    upper, lower = draw_training([*findings, replace(findings[0], row=row)], sweep, {"cells": NAMES}, 2000).axes
    (printed,) = (dots for dots in lower.collections if len(dots.get_offsets()))
    assert printed.get_offsets().tolist() == [[3, 0.5]]
    assert not upper.collections


def test_every_section_of_a_document_has_a_picture():
    assert {picture.section for picture in PICTURES} == {name for name in SECTIONS if name.startswith("D")}
    assert len({picture.name for picture in PICTURES}) == len(PICTURES)


def test_what_was_run_is_drawn_and_nothing_else(tmp_path):
    row = next(row for row in ROWS if row.document == "D4 recall" and row.printed)
    answer_as_told(tmp_path, row, [make_trial(0, mean_test_error=0.5), make_trial(1, mean_test_error=0.7)])
    sweep = read_sweep(tmp_path)
    drawn = [picture.name for picture, _ in draw_pictures(find(ROWS, sweep), sweep)]
    assert drawn == ["d4_recall_printed", "d4_recall_training"]


def test_the_networks_of_the_pictures_have_rows():
    drawn = {*LONG_LAG.values(), *TEMPORAL_ORDER.values(), *map(name_digits, DIGITS.values())}
    drawn |= {name_digits(model, "row_mnist") for model in DIGITS.values()}
    drawn |= {name_recall(cell, size) for cell in CELLS for size in SIZES}
    drawn |= {name_addition(loss, size) for loss in LOSSES for size in SIZES}
    assert drawn <= {row.setting for row in ROWS}


def test_printed_losses_stand_on_those_of_the_trials(two):
    findings, sweep = two
    loss = {"printed": "0.9", "figure": "train_loss", "at": "6000"}
    own = [replace(findings[0], row=make_row(network="LSTM", **loss)), findings[1]]
    (ax,) = draw_losses(own, sweep).axes
    *thin, median = [(list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines]
    assert thin == [median] * 2 == [([2000, 6000, 10_000], [1, 1, 1])] * 2
    assert ax.collections[0].get_offsets().tolist() == [[6000, 0.9]]
    assert draw_losses(findings, sweep) is None


def echo_rows():
    return {letter: next(row for row in ROWS if row.setting == setting) for letter, setting in echo.SHORT.items()}


def test_answers_stand_by_epoch_beside_the_documents(tmp_path):
    row = echo_rows()["(c)"]
    first = read_expected()[row.command].seeds[0]
    for epochs, wrong in ((15, 0), (3, 1), (100, 1)):
        trials = [make_trial(first, wrong, first, sequences=epochs, test_sequences=1)]
        answer_as_told(tmp_path / str(epochs), row, trials, max_sequences=epochs)
        sample = "trial,input,target,prediction\n0,hello,ohlol,{}\n".format(
            {15: "ohlol", 3: "ehlol", 100: "eeeee"}[epochs]
        )
        (tmp_path / str(epochs) / records.SAMPLES).write_text(sample)
    sweep = read_sweep(tmp_path)
    figure = draw_strings(find([own for own in ROWS if own.setting == row.setting], sweep), sweep, echo.SHORT)
    panel = figure.axes[2]
    written = {(round(text.get_position()[0]), text.get_position()[1]): text.get_text() for text in panel.texts}
    assert "".join(written[index, 3] for index in range(5)) == "ohlol"
    assert "".join(written[index, 3] for index in range(6, 11)) == "ehlol"
    assert [text.get_weight() for text in panel.texts if text.get_position() == (OURS, 3)] == ["normal"]
    assert (6, 4) not in written


def test_without_jobs_that_end_early_there_are_no_answers_by_epoch(tmp_path):
    row = echo_rows()["(c)"]
    answer_as_told(tmp_path, row, [make_trial(0), make_trial(1)])
    sweep = read_sweep(tmp_path)
    assert draw_strings(find([row], sweep), sweep, echo.SHORT) is None


def test_the_documents_answers_are_right_from_the_epoch_that_its_row_tells():
    for letter, row in echo_rows().items():
        (right_from,) = (own.printed for own in ROWS if own.setting == row.setting and own.figure == "right_from")
        answers = read_printed()[letter]
        wrong = [epochs + 1 for epochs, text in answers.items() if text != "ohlol"]
        assert len(answers) == 15
        assert right_from == ("never" if max(wrong) == 15 else str(max(wrong) + 1))
