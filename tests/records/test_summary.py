import math

import numpy as np
import pytest

from seqmem.cells import RNN
from seqmem.job.job import Job
from seqmem.job.network import Network
from seqmem.records.summary import OBJECTIVES, compute_objective, summarise
from seqmem.tasks import Recall
from tests.multirun_analysis.folders import make_trial

TASK = Recall()
JOB = Job(Network(TASK, RNN(), (4,)), batch_size=32, max_sequences=1000)
DONE = [
    make_trial(0, wrong=300, mean_test_error=0.25, test_loss=1.5, sequences_to_criterion=600),
    make_trial(1, wrong=900, mean_test_error=0.75, test_loss=2.5),
]
DIVERGED = make_trial(2, wrong=None, status="diverged", mean_test_error=0.1, test_loss=None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("error_rate", 0.2),
        ("mean_test_error", 0.5),
        ("test_loss", 2.0),
        ("unsolved", 0.5),
        ("sequences_to_criterion", (600 + 1024) / 2),  # the budget in whole batches where it was not met
    ],
)
def test_an_objective_is_the_mean_over_trials(name, value):
    assert compute_objective(name, JOB, DONE) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "worst"),
    [
        ("error_rate", 1.0),
        ("mean_test_error", 1.0),
        ("test_loss", math.inf),
        ("unsolved", 1.0),
        ("sequences_to_criterion", 1024),
    ],
)
def test_a_diverged_trial_counts_as_badly_as_can_be(name, worst):
    assert compute_objective(name, JOB, [DIVERGED]) == worst


def test_every_objective_was_tried_above():
    assert set(OBJECTIVES) == {"error_rate", "mean_test_error", "test_loss", "unsolved", "sequences_to_criterion"}


def test_a_summary_counts_and_averages():
    summary = summarise([*DONE, DIVERGED])
    assert summary == {
        "trials": 3,
        "solved": 1,
        "diverged": 1,
        "mean_wrong": np.mean([300, 900]),
        "test_sequences": 3000,
        "median_sequences_to_criterion": 600.0,
        "parameters": 95,
        "wall_time_s": 4.5,
    }


def test_figures_that_no_trial_has_are_none():
    summary = summarise([DIVERGED])
    assert (summary["mean_wrong"], summary["median_sequences_to_criterion"]) == (None, None)
