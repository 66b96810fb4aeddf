"""Whole training steps, held against torch in float64."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqmem.cells import GRU, LSTM, RNN, ExpRNN, LSTMPeephole
from seqmem.engines.engine import Trial
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.stack import FusedStack
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.initialisation import Initialisation
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer
from seqmem.tasks import BinaryAddition, ConstantPair, LongLag, Recall, TemporalOrder
from tests.engines.fused.jobs import ALL, FEW, job_of, jobs, optimizers
from tests.graph.drawn import COMPILED, WRITES, Drawn

few = settings(max_examples=60, deadline=None, derandomize=True)
many = settings(max_examples=1000, deadline=None)


def build(job: Job, seed: int = 0) -> tuple[FusedStack, ReferenceStack]:
    trial = Trial(job, seed)
    return FusedStack([trial], threads=1), ReferenceStack([trial], dtype=torch.float64)


def assert_near(found: np.ndarray, expected: np.ndarray, relative: float = 1e-5) -> None:
    """Near in relation to the largest number."""
    scale = np.abs(expected).max() if expected.size else 0.0
    np.testing.assert_allclose(found, expected, rtol=0, atol=relative * scale + 1e-7)


def bound_of(job: Job) -> float:
    """How near; in a rotation, which forgets nothing, the rounding of all steps adds up."""
    return 1e-5 + (2e-7 * job.task.max_length if isinstance(job.network.cell, ExpRNN) else 0.0)


def check_gradients(job: Job) -> None:
    fused, reference = build(job)
    before = reference.state(0)["weights"]
    ours, theirs = fused.advance([1])[0], reference.advance([1])[0]
    struct = fused.lineup.structs[0]
    offset, size = int(struct["gradient"]), job.network.num_parameters
    expected = (before - reference.state(0)["weights"]) / job.optimizer.lr
    assert_near(fused.workspace.lanes[offset : offset + size], expected, bound_of(job))
    for name in ("loss", "wrong", "largest_error", "mean_error"):
        assert_near(getattr(ours, name), getattr(theirs, name), bound_of(job))


@few
@given(jobs())
def test_reports_and_gradients_are_those_of_the_reference(job):
    check_gradients(job)


@few
@given(jobs(FEW))
def test_reports_and_gradients_with_attention_are_those_of_the_reference(job):
    check_gradients(job)


def leaves_out_step(fused: FusedStack, t: int) -> bool:
    """Whether the gradients of the uppermost layer's input part are exactly zero at a step."""
    layer = fused.lineup.layers[-1]
    offset = int(layer["gates"]) + t * int(layer["gates_width"]) * BLOCK
    return not fused.workspace.lanes[offset : offset + int(layer["gate_rows"]) * BLOCK].any()


@pytest.mark.parametrize("hidden", [(5,), (5, 3)])
@pytest.mark.parametrize(("cell", "bias"), [(RNN(), "default"), (LSTMPeephole(), {"forget": -20.0})])
def test_steps_that_a_vanishing_gradient_does_not_reach_are_left_out(cell, bias, hidden):
    vanishing = Initialisation(recurrent={"normal": 1e-6}, bias=bias)
    job = job_of(LongLag(60, "random"), cell, hidden, {"init": vanishing}, optimizer=Optimizer("sgd", lr=0.1))
    check_gradients(job)
    fused, _ = build(job)
    fused.advance([1])
    assert leaves_out_step(fused, 20)
    assert not leaves_out_step(fused, 59)


def test_no_step_is_left_out_in_which_a_sequence_may_end():
    vanishing = Initialisation(recurrent={"normal": 1e-6})
    task = Recall(index=0, min_length=1, max_length=30, one_length="sequence")
    check_gradients(job_of(task, RNN(), (5,), {"init": vanishing}, optimizer=Optimizer("sgd", lr=0.1)))


@pytest.mark.parametrize("angles", ["henaff", "cayley"])
@pytest.mark.parametrize("task", [Recall(), TemporalOrder(), BinaryAddition()])
def test_so_are_those_of_a_rotation(task, angles):
    check_gradients(job_of(task, ExpRNN(angles), (7, 4), {"bidirectional": True}, optimizer=Optimizer("sgd", lr=0.001)))


SIDES = {"bidirectional": True}


def draw_cell(seed: int) -> Drawn:
    """A cell of random equations, the same for a seed."""
    rng = np.random.default_rng(seed)
    names = [str(rng.choice(COMPILED)) for _ in range(rng.integers(3, 9))]
    program = tuple((name, *rng.integers(0, 12, 2).tolist()) for name in names)
    writes = tuple(map(str, rng.choice(list(WRITES), rng.integers(0, 3))))
    return Drawn(program, *map(int, (rng.integers(1, 5), rng.integers(1, 4), rng.integers(0, 3))), writes)


@pytest.mark.parametrize("seed", range(4))
def test_gradients_of_a_random_cell_are_those_of_the_reference(seed):
    check_gradients(
        job_of(Recall(), draw_cell(seed), (5, 3), {"bidirectional": True}, optimizer=Optimizer("sgd", lr=0.1))
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 60))
def test_so_are_those_of_many_random_cells(seed):
    check_gradients(
        job_of(Recall(), draw_cell(seed), (5, 3), {"bidirectional": True}, optimizer=Optimizer("sgd", lr=0.1))
    )


@pytest.mark.slow
@many
@given(st.one_of(jobs(), jobs(ALL)))
def test_reports_and_gradients_are_those_of_the_reference_at_length(job):
    check_gradients(job)


@few
@given(optimizers(), st.sampled_from((None, 100)))
def test_twenty_updates_are_those_of_the_reference(values, train_set):
    job = job_of(cell=GRU(), train_set=train_set, **values)
    if train_set is None:
        job = replace(job, epoch=200)
    fused, reference = build(job)
    fused.advance([20])
    reference.advance([20])
    ours, theirs = fused.state(0), reference.state(0)
    assert_near(ours["weights"], theirs["weights"])
    for name, expected in theirs["optimizer"].items():
        assert_near(ours["optimizer"][name], expected, 1e-4)
    assert ours["updates"] == theirs["updates"]
    if job.schedule.name == "error":
        assert_near(ours["errors"], theirs["errors"])


@few
@given(st.one_of(jobs(), jobs(FEW)))
def test_predictions_are_those_of_the_reference(job):
    fused, reference = build(job)
    sequences = job.task.sample_set(np.random.default_rng(5), 45)
    ours, theirs = fused.predict(0, sequences), reference.predict(0, sequences)
    if job.task.target.every_step:
        valid = np.arange(sequences.inputs.shape[1]) < np.asarray(sequences.lengths)[:, None]
        ours, theirs = ours[valid], theirs[valid]
    assert_near(ours, theirs, bound_of(job))


@few
@given(st.one_of(jobs(), jobs(FEW)))
def test_evaluations_are_those_of_the_reference(job):
    fused, reference = build(job)
    ours, theirs = fused.evaluate([0])[0], reference.evaluate([0])[0]
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-5)
    assert (ours.wrong, ours.outside_tolerance) == (theirs.wrong, theirs.outside_tolerance)


@few
@given(st.one_of(jobs(), jobs(FEW)))
def test_traces_are_those_of_the_reference(job):
    fused, reference = build(job)
    sequence = job.task.sample_set(np.random.default_rng(5), 4)[3:]
    ours, theirs = fused.trace(0, sequence), reference.trace(0, sequence)
    assert_near(ours.hidden, theirs.hidden, bound_of(job))
    assert_near(ours.gradient_norm, theirs.gradient_norm, bound_of(job))


SATURATED = {
    "RNN": (RNN(), Initialisation(input={"normal": 5}, recurrent="identity")),
    "LSTM": (LSTM(), Initialisation(input={"normal": 3}, bias={"forget": 7, "input": 5})),
    "GRU": (GRU(), Initialisation(input={"normal": 5}, recurrent={"normal": 0.3})),
}


@pytest.mark.parametrize("name", SATURATED)
def test_gradients_of_saturated_units_are_those_of_the_reference_row_by_row(name):
    """The slope of a saturated unit is next to none; what leaks through it would add up in its row."""
    cell, init = SATURATED[name]
    job = job_of(LongLag(30), cell, (16,), {"init": init}, optimizer=Optimizer("sgd", lr=1.0))
    fused, reference = build(job)
    before, offset = reference.state(0)["weights"], int(fused.lineup.structs[0]["gradient"])
    fused.advance([1])
    reference.advance([1])
    expected = before - reference.state(0)["weights"]
    error = np.abs(fused.workspace.lanes[offset : offset + expected.size] - expected)
    for shape in job.network.parameters().values():
        rows = np.split(np.arange(math.prod(shape)), shape[0])
        assert all(error[row].max() <= 3e-4 * np.abs(expected[row]).max() + 2e-8 for row in rows)
        error, expected = error[math.prod(shape) :], expected[math.prod(shape) :]


@pytest.mark.parametrize("cell", [RNN(), LSTM(), GRU()], ids=lambda cell: type(cell).__name__)
@pytest.mark.parametrize("train_set", [None, 100])
def test_a_trial_can_be_taken_up_from_the_reference(cell, train_set):
    job = job_of(cell=cell, network={"initial_state": "uniform"}, train_set=train_set)
    trial = Trial(job, 0)
    fused, reference = FusedStack([trial]), ReferenceStack([trial])
    reference.advance([7])
    fused.load_state(0, reference.state(0))
    reference.advance([5])
    fused.advance([5])
    ours, theirs = fused.state(0), reference.state(0)
    assert_near(ours["weights"], theirs["weights"])
    assert {key: ours[key] for key in ("data", "initial_state", "updates", "steps")} == {
        key: theirs[key] for key in ("data", "initial_state", "updates", "steps")
    }


@pytest.mark.parametrize("cell", [RNN(), LSTM(), GRU()], ids=lambda cell: type(cell).__name__)
@pytest.mark.parametrize("readout", ["last", "none"])
def test_a_number_for_an_answer_is_trained_and_tested_as_by_the_reference(cell, readout):
    network = Network(ConstantPair(), cell, (3, 1), readout=readout)
    job = Job(network, Loss("mse"), Optimizer("sgd", lr=0.1), batch_size=2, test_sequences=2)
    check_gradients(job)
    fused, reference = build(job)
    ours, theirs = fused.evaluate([0])[0], reference.evaluate([0])[0]
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-5)
    assert (ours.wrong, ours.outside_tolerance) == (theirs.wrong, None)


@pytest.mark.parametrize("padding", ["left", "none"])
def test_numbers_that_name_steps_are_trained_and_tested_as_by_the_reference(padding):
    job = job_of(TemporalOrder(padding=padding, answer="steps"), RNN(), (3, 5), optimizer=Optimizer("sgd", lr=0.1))
    check_gradients(job)
    fused, reference = build(job)
    ours, theirs = fused.evaluate([0])[0], reference.evaluate([0])[0]
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-5)
    assert (ours.wrong, ours.outside_tolerance) == (theirs.wrong, theirs.outside_tolerance)


def test_sequences_longer_than_255_steps_are_trained():
    check_gradients(job_of(Recall(min_length=200, max_length=300, one_length="sequence"), optimizer=Optimizer("sgd")))


def test_an_alphabet_of_two_thousand_symbols_is_trained():
    check_gradients(job_of(Recall(num_symbols=2000, alphabet_size=2000), optimizer=Optimizer("sgd")))
