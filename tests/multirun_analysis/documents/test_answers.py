"""The answers, on made-up findings of all rows."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from multirun_analysis.documents.answers import ANSWERS, format_answer, format_short_answer
from multirun_analysis.documents.answers.facts import Facts, format_each, format_standing, join
from multirun_analysis.documents.answers.lstm_by_hand import MOST_UNTRAINED
from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.rows import SECTIONS, read_rows
from tests.multirun_analysis.documents.answers import make_row

ROWS = read_rows()
GAP = "Not run here by its command, and so not told of: "


def make_up(section, solved=10, scale=1.0, **changes):
    """A finding of ten trials for each row of a section."""
    rows = [row for row in ROWS if row.section == section]
    values = {} if "missing" in changes else {seed: scale * (0.3 + seed / 1000) for seed in range(10)}
    return [Finding(row, setting=0, of_seed=values, trials=10, solved=solved, **changes) for row in rows]


def test_every_section_has_an_answer():
    assert list(ANSWERS) == list(SECTIONS)
    assert list(dict.fromkeys(row.section for row in ROWS)) == list(SECTIONS)


@pytest.mark.parametrize("section", SECTIONS)
def test_an_answer_speaks_of_rows_that_there_are(section):
    assert not [sentence for sentence in format_answer(section, make_up(section)) if sentence.startswith(GAP)]


@pytest.mark.parametrize("section", [name for name in SECTIONS if name.startswith("D")])
def test_an_answer_has_five_to_eight_sentences(section):
    assert 5 <= len(format_answer(section, make_up(section))) <= 8


@pytest.mark.parametrize("section", SECTIONS)
def test_sentences_begin_and_end_as_sentences_do(section):
    for sentence in [ANSWERS[section].asked, *format_answer(section, make_up(section))]:
        assert re.match(r"[A-Z0-9].*[.?]$", sentence), sentence


@pytest.mark.parametrize("section", SECTIONS)
def test_what_was_not_run_or_otherwise_is_named_and_not_told_of(section):
    for changes in ({"missing": "not run"}, {"otherwise": "max_sequences=8, not 64"}):
        (gap,) = format_answer(section, make_up(section, **changes))
        assert gap.startswith(GAP)
        assert format_short_answer(section, make_up(section, **changes)).startswith("Not run here: ")


@pytest.mark.parametrize("section", SECTIONS)
def test_the_figures_of_an_answer_are_those_of_its_trials(section):
    one, other = (format_answer(section, make_up(section, solved, scale)) for solved, scale in ((10, 1.0), (9, 1.7)))
    unchanged = [sentence for sentence in one if sentence in other]
    assert not [text for text in unchanged if re.search(r"\d", text) and "printed figure" not in text]


def test_the_first_document_ends_with_what_is_missing_only_if_the_trials_say_so():
    findings = make_up("D0")
    fail = ("_default", "_as_written")
    chance = [replace(found, solved=0) if found.row.setting.endswith(fail) else found for found in findings]
    end = "So what is missing is a start that keeps, not time or width."
    assert end in format_answer("D0", chance)
    assert end not in format_answer("D0", findings)
    assert end not in format_answer("D0", [replace(found, solved=0) for found in findings])


def answer_to_zeros(parameter):
    """What one hand-written cell, all of whose parameters are the same, answers to two zeros."""
    short = long = 0.0
    for _ in range(2):
        inner = parameter * short + parameter
        gate = 1 / (1 + math.exp(-inner))
        long = gate * long + gate * math.tanh(inner)
        short = gate * math.tanh(long)
    return short


def test_one_cells_answer_to_zeros_grows_with_its_parameters_up_to_what_is_told():
    answers = [answer_to_zeros(parameter) for parameter in np.linspace(0, 1, 50)]
    assert answers == sorted(answers)
    assert answers[-1] == pytest.approx(MOST_UNTRAINED, abs=5e-5)
    (row,) = (row for row in ROWS if row.figure == "residual" and row.at == "0")
    assert float(row.printed) > MOST_UNTRAINED


def test_a_row_that_an_answer_asks_for_in_vain_is_an_error():
    facts = Facts([Finding(make_row(), of_seed={0: 1.0})])
    with pytest.raises(KeyError, match="recipe=echo_rnn has no row of accuracy"):
        facts("recipe=echo_rnn").figure("accuracy")
    with pytest.raises(KeyError, match="recipe=none"):
        facts("recipe=none")


@pytest.mark.parametrize(
    ("values", "text"),
    [([0, 0], "0 in every trial"), ([0, 1, 0], "0.3 on average, 1 at most"), ([9, 9], "9 in every trial")],
)
def test_wrong_predictions_are_told_with_their_largest(values, text):
    facts = Facts([Finding(make_row(), of_seed=dict(enumerate(values)), trials=len(values))])
    assert facts("recipe=echo_rnn").wrong == text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "5, percentile 50 [1, 99]"), ({"differs": "another loss"}, "5, another loss"),
        ({"printed": "4", "values": [4, 4]}, "4, equal in all"), ({"values": [5]}, "5, too few trials"),
    ],
)  # fmt: skip
def test_a_printed_figure_is_told_with_its_place(changes, text):
    values = changes.pop("values", [4, 6])
    assert format_standing(Finding(make_row(**{"printed": "5"} | changes), of_seed=dict(enumerate(values)))) == text


def test_networks_of_one_outcome_are_told_together():
    assert (
        format_each({"LSTM": "49 of 50", "GRU": "50 of 50", "IRNN": "50 of 50"})
        == "LSTM 49 of 50, GRU and IRNN 50 of 50"
    )


@pytest.mark.parametrize(("texts", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), ("abc", "a, b and c")])
def test_a_list_reads_as_one_says_it(texts, text):
    assert join(list(texts)) == text
