"""A trial that is dropped between two rounds and taken up again has the numbers of one that never was."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest

from seqmem.cells import GRU, LSTM, RNN
from seqmem.engines.engine import Trial
from seqmem.engines.fused.stack import FusedStack
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.tasks import BinaryAddition, LongLag, Recall
from seqmem.training import trainer
from seqmem.training.outcome import Outcome
from seqmem.training.trainer import Training

SIZES = {"batch_size": 8, "max_sequences": 400, "evaluate_every": 160, "test_sequences": 30}
JOBS = {
    "fresh data": Job(Network(Recall(), LSTM(), (4,)), **SIZES),
    "a fixed set in epochs": Job(
        Network(Recall(), RNN(), (4,)), optimizer=Optimizer(reset_every_epoch=True), **SIZES, train_set=50
    ),
    "initial states drawn anew": Job(
        Network(Recall(), GRU(), (4,), initial_state="uniform"), optimizer=Optimizer("rmsprop"), **SIZES
    ),
    "a rate that follows the error": Job(
        Network(BinaryAddition(), LSTM(), (4,)), Loss("mse"), Optimizer("sgd", lr=0.5, momentum=0.9),
        Schedule("error", batches=7), clip=1.0, **SIZES,
    ),
    "a criterion that is met": Job(
        Network(LongLag(p=3), RNN(), (8,)), optimizer=Optimizer(lr=0.05), criterion_sequences=24, **SIZES
    ),
}  # fmt: skip


def build(kind: str, job: Job, seeds: list[int]) -> Training:
    trials = [Trial(job, seed) for seed in seeds]
    return Training(FusedStack(trials) if kind == "fused" else ReferenceStack(trials), trials)


def finish(training: Training, rounds: int = 10**6) -> dict[int, Outcome]:
    outcomes = {}
    while training.active and rounds:
        for index in training.advance()[1]:
            outcomes[index] = training.finish(index)
        rounds -= 1
    return outcomes


def content(outcome: Outcome) -> tuple:
    weights = {name: value.tobytes() for name, value in outcome.weights.items()}
    trace = outcome.trace and (outcome.trace.hidden.tobytes(), outcome.trace.gradient_norm.tobytes())
    return replace(outcome.result, wall_time_s=0), outcome.curve, weights, outcome.samples, trace


@pytest.mark.parametrize("kind", ["fused", "reference"])
@pytest.mark.parametrize("name", JOBS)
def test_a_trial_that_was_taken_up_ends_with_the_bytes_of_one_that_was_never_stopped(monkeypatch, kind, name):
    expected = finish(build(kind, JOBS[name], [0, 1]))
    monkeypatch.setattr(trainer, "ROUND_S", 0)  # rounds of one step
    monkeypatch.setattr(trainer, "FIRST_ROUND", 0)
    training = build(kind, JOBS[name], [0, 1])
    for rounds in (3, 1, 8):
        assert finish(training, rounds) == {}
        states = [training.state(index) for index in (0, 1)]
        training = build(kind, JOBS[name], [0, 1])
        for index in (0, 1):
            training.load_state(index, states[index])
    found = finish(training)
    assert [content(found[index]) for index in (0, 1)] == [content(expected[index]) for index in (0, 1)]


def test_a_trial_that_was_taken_up_keeps_the_time_that_it_took():
    training = build("reference", JOBS["fresh data"], [0])
    finish(training, 1)
    other = build("reference", JOBS["fresh data"], [0])
    other.load_state(0, training.state(0))
    assert other.state(0)["progress"]["wall_time_s"] == training.state(0)["progress"]["wall_time_s"] > 0


def test_a_state_stays_as_it_was_while_its_trial_goes_on():
    training = build("fused", JOBS["a fixed set in epochs"], [0])
    finish(training, 1)
    state = training.state(0)
    before = copy.deepcopy(state)
    finish(training, 1)
    np.testing.assert_equal(state, before)


def replaced(state: dict, path: str, value: object) -> dict:
    """A state with another value at a dotted path."""
    state = copy.deepcopy(state)
    *parents, name = path.split(".")
    node = state
    for parent in parents:
        node = node[parent]
    node[name] = value
    return state


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("engine.weights", np.zeros(3, np.float32), "engine.weights is float32(3,), not float32"),
        ("engine.weights", np.zeros(1, np.float64), "engine.weights is float64"),
        ("engine.weights", [1, 2], "engine.weights is list, not ndarray"),
        ("engine.optimizer", {}, "engine.optimizer has , not mean, square"),
        ("engine.steps", 7, "different numbers of steps"),
        ("engine.data.order", [0, 50], "order must be of sequences below 50"),
        ("engine.data.order", [-1], "order must be of sequences below 50"),
        ("engine.data.rng.state.state", "x", "engine.data.rng.state.state is str, not int"),
        ("engine.data.rng.bit_generator", "MT19937", "must be for a PCG64"),
        ("progress", {}, "steps"),
        ("progress.steps", 10**9, "steps"),
        ("progress.curve.points", np.zeros((2, 4)), "points of a curve have 8 columns, got (2, 4)"),
        ("progress.curve.open", np.zeros(2), "shape"),
        ("progress.test_errors", 3, "tolist"),
    ],
)
@pytest.mark.parametrize("kind", ["fused", "reference"])
def test_what_is_no_state_of_a_trial_is_refused_and_the_trial_begins_from_its_start(kind, path, value, words):
    job = JOBS["a fixed set in epochs"]
    training = build(kind, job, [0])
    finish(training, 1)
    state = replaced(training.state(0), path, value)
    other = build(kind, job, [0])
    with pytest.raises(ValueError, match="it is not a state of this trial: ") as error:
        other.load_state(0, state)
    assert words in str(error.value)
    assert content(finish(other)[0]) == content(finish(build(kind, job, [0]))[0])


def test_a_trial_that_goes_on_counts_as_solved_once_it_has_met_its_criterion():
    training = build("fused", replace(JOBS["a criterion that is met"], stop=False), [0])
    training.most = 1
    solved, rounds = [], 0
    while training.active and not solved:
        training.advance()
        solved, rounds = training.take_solved(), rounds + 1
    assert solved == [0]
    assert training.active == [0]
    finish(training)
    assert training.take_solved() == []


def test_a_trial_that_is_taken_up_counts_as_solved_if_it_was():
    job = replace(JOBS["a criterion that is met"], stop=False)
    training, taken_up = build("fused", job, [0]), build("fused", job, [0])
    training.most = 1
    while not training.take_solved():
        training.advance()
    taken_up.load_state(0, training.state(0))
    assert taken_up.take_solved() == [0]
