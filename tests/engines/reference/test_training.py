"""Stacks beside the same trials trained one at a time with torch.nn and torch.optim."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from seqmem.cells import GRU, LSTM, RNN
from seqmem.engines.engine import Trial
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.initialisation import Initialisation
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.tasks import BinaryAddition, Echo, LongLag, Recall, TemporalOrder
from tests.engines.reference.own import Adding
from tests.engines.reference.plain import train_plainly

STEPS = 20
IRNN = Initialisation(input={"normal": 0.001}, recurrent="identity", bias="zero")


def make(task, cell, hidden=(6,), network=None, **values) -> Job:
    return Job(Network(task, cell, hidden, **(network or {})), **({"batch_size": 8} | values))


JOBS = {
    "recall, adam reset every epoch": make(
        Recall(), LSTM(), optimizer=Optimizer("adam", lr=0.01, reset_every_epoch=True), epoch=40
    ),
    "recall, a fixed training set": make(Recall(), GRU(), train_set=30, optimizer=Optimizer("adam", lr=0.01)),
    "long lag, identity": make(LongLag(p=30), RNN("relu"), network={"init": IRNN}, clip=1.0),
    "long lag, every step, uniform states": make(
        LongLag(p=12, error_at="every"),
        LSTM(),
        network={"initial_state": "uniform"},
        loss=Loss("kl", "batchmean"),
        optimizer=Optimizer("rmsprop", lr=0.01),
    ),
    "temporal order, chrono": make(
        TemporalOrder(padding="none"),
        LSTM(),
        network={"init": Initialisation(input={"normal": 1}, bias={"chrono": 100})},
        optimizer=Optimizer("adam", lr=0.02),
        clip=1.0,
    ),
    "binary addition, momentum": make(
        BinaryAddition(2, 5), LSTM(), (5, 4), loss=Loss("bce"), optimizer=Optimizer("sgd", lr=0.5, momentum=0.9)
    ),
    "binary addition, squared error": make(BinaryAddition(2, 5), RNN(), loss=Loss("mse")),
    "echo, two layers of both directions": make(
        Echo(),
        LSTM(),
        (8, 8),
        network={"bidirectional": True, "embedding_size": 10},
        batch_size=1,
        optimizer=Optimizer("adam", lr=0.1),
    ),
    "echo, no readout": make(
        Echo(), RNN(), (4,), network={"readout": "none"}, batch_size=1, loss=Loss("cross_entropy", "batchmean")
    ),
    "adding, a falling rate": make(
        Adding(),
        GRU(),
        network={"bidirectional": True},
        loss=Loss("mse"),
        optimizer=Optimizer("adamw", lr=0.02, weight_decay=0.1),
        schedule=Schedule("error", error=0.5, batches=5),
    ),
}


@pytest.mark.parametrize("name", JOBS)
def test_a_stack_trains_each_trial_as_torch_does(name):
    job = JOBS[name]
    lr = job.optimizer.lr
    trials = [
        Trial(job, 0),
        Trial(replace(job, optimizer=replace(job.optimizer, lr=lr / 3), clip=0.1), 5),
        Trial(replace(job, clip=None, seed=9), 9),
    ]
    stack = ReferenceStack(trials, dtype=torch.float64)
    reports = stack.advance([STEPS] * 3)
    for row, trial in enumerate(trials):
        expected = train_plainly(trial.job, trial.seed, STEPS)
        np.testing.assert_allclose(stack.state(row)["weights"], expected.flat(), rtol=1e-8, atol=1e-10)
        assert reports[row].wrong.tolist() == expected.wrong
        for key in ("loss", "largest_error", "mean_error"):
            np.testing.assert_allclose(getattr(reports[row], key), getattr(expected, key), rtol=1e-5, atol=1e-7)


def gradients(trials: list[Trial]) -> list[np.ndarray]:
    """The first gradient of each trial in float32: what one step of sgd with lr 1 takes away."""
    stack = ReferenceStack(trials)
    before = [stack.state(row)["weights"] for row in range(len(trials))]
    stack.advance([1] * len(trials))
    return [weights - stack.state(row)["weights"] for row, weights in enumerate(before)]


@pytest.mark.parametrize("name", JOBS)
def test_gradients_in_a_stack_are_those_of_the_trial_alone(name):
    job = replace(JOBS[name], optimizer=Optimizer("sgd", lr=1.0), schedule=Schedule(), clip=None)
    trials = [Trial(job, seed) for seed in range(5)]
    for trial, stacked in zip(trials, gradients(trials), strict=True):
        (alone,) = gradients([trial])
        np.testing.assert_allclose(stacked, alone, rtol=1e-5, atol=1e-5 * np.abs(alone).max())
