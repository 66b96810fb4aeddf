"""Which jobs can share a stack."""

from dataclasses import replace

import pytest

from seqmem.cells import GRU, LSTM, RNN
from seqmem.engines.engine import Trial
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.engines.reference.stacking import stack_key
from seqmem.job.initialisation import Initialisation
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.tasks import LongLag
from tests.engines.reference.own import Leaky
from tests.engines.reference.stacks import JOB, TASK, make


@pytest.mark.parametrize(
    "other",
    [
        replace(JOB, seed=5),
        replace(JOB, clip=1.0),
        replace(JOB, optimizer=Optimizer(lr=0.5, beta1=0.5, weight_decay=0.1)),
        replace(JOB, schedule=Schedule("error")),
        replace(JOB, network=replace(JOB.network, init=Initialisation(bias="chrono"))),
        replace(JOB, test_sequences=10, train_set=100),
        make(LongLag(p=10), optimizer=Optimizer(lr=0.01)),
    ],
)
def test_jobs_that_differ_in_numbers_share_a_stack(other):
    reports = ReferenceStack([Trial(JOB, 0), Trial(other, 1)]).advance([2, 2])
    assert [len(report) for report in reports] == [2, 2]


@pytest.mark.parametrize(
    "other",
    [
        replace(JOB, batch_size=9),
        replace(JOB, optimizer=Optimizer("sgd")),
        replace(JOB, optimizer=Optimizer(reset_every_epoch=True)),
        replace(JOB, loss=Loss("mse")),
        replace(JOB, loss=Loss(reduction="batchmean")),
        replace(JOB, network=Network(TASK, GRU(), (5,))),
        replace(JOB, network=Network(TASK, LSTM(), (6,))),
        replace(JOB, network=Network(TASK, LSTM(), (5,), embedding_size=3)),
        replace(JOB, network=replace(JOB.network, initial_state="uniform")),
        make(LongLag(p=11)),
        make(LongLag(p=10, error_at="every")),
    ],
)
def test_jobs_that_differ_in_shape_are_refused_a_common_stack(other):
    assert stack_key(other) != stack_key(JOB)
    with pytest.raises(ValueError, match=r"^trials of a reference stack must have networks, losses and optimizers of"):
        ReferenceStack([Trial(JOB, 0), Trial(other, 0)])


def test_tanh_and_relu_networks_are_not_stacked():
    tanh, relu = (make(TASK, RNN(nonlinearity)) for nonlinearity in ("tanh", "relu"))
    assert stack_key(tanh) != stack_key(relu)


def test_a_cell_that_holds_a_list_is_stacked_with_itself_alone():
    cells = Leaky(), Leaky()
    for cell in cells:
        cell.rates = [0.1, 0.2]
    assert stack_key(make(TASK, cells[0])) == stack_key(make(TASK, cells[0]))
    assert stack_key(make(TASK, cells[0])) != stack_key(make(TASK, cells[1]))
