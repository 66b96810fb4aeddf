import numpy as np
import pytest

import seqmem
from seqmem.representation import format_call, to_html
from seqmem.tasks import Recall
from seqmem.training.outcome import Outcome
from tests.multirun_analysis.folders import make_trial

NETWORK = seqmem.Network(Recall(index=2), seqmem.cells.RNN("relu"), hidden=[4, 3])


@pytest.mark.parametrize(
    ("thing", "shown"),
    [
        (Recall(), "Recall()"),
        (Recall(index=2), "Recall(index=2)"),
        (seqmem.cells.RNN("relu"), "RNN(nonlinearity='relu')"),
        (NETWORK, "Network(task=Recall(index=2), cell=RNN(nonlinearity='relu'), hidden=[4, 3])"),
    ],
)
def test_things_show_themselves_as_the_call_that_builds_them(thing, shown):
    assert repr(thing) == shown
    assert repr(eval(shown, vars(seqmem) | vars(seqmem.tasks) | vars(seqmem.cells))) == shown


def test_a_job_shows_what_is_not_as_it_would_be_anyway():
    assert repr(seqmem.Job(NETWORK, trials=5)) == f"Job(network={NETWORK!r}, trials=5)"


class Table(Recall):
    def __init__(self, table: np.ndarray) -> None:
        super().__init__()


def test_data_are_shown_by_their_shape():
    assert "array of 3" in format_call(Table(np.zeros(3)))


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"sequences_to_criterion": 500, "wrong": 3}, "solved after 500 sequences, 3 of 3,000 wrong"),
        ({"wrong": 3}, "not solved in 10,000 sequences, 3 of 3,000 wrong"),
        ({"wrong": None, "status": "diverged"}, "diverged"),
    ],
)
def test_an_outcome_says_what_became_of_its_trial(values, shown):
    outcome = Outcome(make_trial(7, **values), [], {}, [], None)
    assert repr(outcome) == f"Outcome(seed 7: {shown})"
    assert f"<b>Trial 7: {shown}</b>" in outcome._repr_html_()


def test_tasks_and_networks_have_a_table_for_notebooks():
    assert "one of 10 symbols a step" in Recall()._repr_html_()
    assert "<td" in NETWORK._repr_html_()


def test_whatever_is_shown_makes_no_markup():
    assert "<script" not in to_html("<script>", {"<script>": "<script>"}, "<script>")
