import pytest

from examples.mgu import MGU
from seqmem.cells import GRU, LSTM, RNN, LSTMChain
from seqmem.engines.fused import program, support
from seqmem.engines.fused.support import find_obstacle, find_sampler
from seqmem.tasks import BinaryAddition, Echo, LongLag, Recall, TemporalOrder
from tests.engines.fused.jobs import job_of
from tests.engines.reference.own import Branching, Leaky


class Faster(LSTM):
    pass


class Harder(Recall):
    pass


@pytest.mark.parametrize("cell", [RNN(), RNN("relu"), LSTM(), GRU()])
@pytest.mark.parametrize("task", [BinaryAddition(), Echo(), LongLag(), Recall(), TemporalOrder()])
def test_built_in_cells_and_tasks_are_supported(cell, task):
    assert find_obstacle(job_of(task, cell)) is None


@pytest.mark.parametrize("attention", ["cosine", "dot"])
def test_attention_is_supported(attention):
    assert find_obstacle(job_of(hidden=(10,), network={"attention": attention})) is None


@pytest.mark.parametrize("cell", [Faster(), LSTMChain(), RNN("linear"), MGU(), Leaky()])
def test_so_is_a_users_own_cell_that_can_be_traced(cell):
    assert find_obstacle(job_of(cell=cell)) is None


def test_what_of_a_cell_cannot_be_compiled_is_told():
    reason = find_obstacle(job_of(cell=Branching()))
    assert reason.startswith("Branching cannot be compiled: .all (own.py, line ")
    assert reason.endswith(": return (x if (x > 0).all() else -x,))")


def test_so_is_a_users_own_task():
    assert find_obstacle(job_of(Harder())) is None


def test_a_task_that_extends_a_built_in_one_is_not_drawn_as_that_one():
    assert find_sampler(Recall) is not None
    assert find_sampler(Harder) is None


def test_the_attention_of_every_step_is_for_the_reference_engine():
    network = {"attention": "cosine_steps"}
    job = job_of(TemporalOrder(answer="steps"), RNN(), (8,), network)
    assert find_obstacle(job) == "attention=cosine_steps is for the reference engine"


def test_every_attention_that_is_said_to_be_compiled_is():
    assert list(support.ATTENTIONS) == list(program.ATTENTIONS)
