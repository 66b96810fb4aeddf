"""The same trial gives the same bytes, whatever else is trained, and however."""

from dataclasses import replace

import numpy as np
import pytest

from seqmem.cells import GRU, LSTM, RNN
from seqmem.engines.engine import Trial
from seqmem.engines.fused.stack import FusedStack
from seqmem.engines.report import Steps
from seqmem.job.losses import Loss
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.tasks import BinaryAddition, Echo, LongLag, RowDigits, TemporalOrder
from tests.engines.fused.jobs import job_of
from tests.engines.reference.own import Adding, Blocks, Ragged

UNIFORM = {"initial_state": "uniform", "bidirectional": True}
FALLING = Schedule("error", batches=4)
JOBS = [
    job_of(cell=LSTM(), hidden=(3,)),
    job_of(cell=RNN("relu"), hidden=(5, 2), optimizer=Optimizer("rmsprop"), batch_size=33, train_set=50),
    job_of(BinaryAddition(1, 4), GRU(), (9,), UNIFORM, clip=0.1, schedule=FALLING),
    job_of(TemporalOrder(), LSTM(), (4,), {"embedding_size": 3}, batch_size=1, optimizer=Optimizer("adamw")),
    job_of(LongLag(p=30, distractors="random"), RNN(), (2,), UNIFORM, train_set=80),
    job_of(TemporalOrder(2), GRU(), (3, 5), UNIFORM | {"attention": "dot"}, batch_size=33, test_sequences=50),
    job_of(cell=RNN(), hidden=(4, 10), network={"attention": "cosine"}, optimizer=Optimizer("rmsprop")),
    job_of(BinaryAddition(1, 4), LSTM(), (4,), loss=Loss("cross_entropy_over_time")),
    job_of(RowDigits(), GRU(), (3,), test_sequences=50),
    job_of(Echo(), LSTM(), (6,), optimizer=Optimizer("sgd", lr=0.1, momentum=0.9)),
    job_of(Adding(), LSTM(), (4,), UNIFORM, loss=Loss("mse")),
    job_of(Ragged(), GRU(), (3,), batch_size=33),
    job_of(Blocks(), RNN(), (3,), batch_size=7),
]
OTHERS = [Trial(job, seed) for seed in range(17) for job in JOBS]
STEPS = 12


def flatten(value) -> bytes:
    """Everything in a state, a report or an evaluation, as bytes."""
    if isinstance(value, Steps):
        value = vars(value)
    if isinstance(value, dict):
        return b"".join(key.encode() + flatten(part) for key, part in value.items())
    return value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode()


def outcome(stack: FusedStack, row: int, report: Steps) -> bytes:
    return flatten(report) + flatten(stack.state(row)) + repr(stack.evaluate([row])).encode()


@pytest.fixture(scope="module")
def alone() -> list[bytes]:
    """What each job's first trial comes to on its own, on one thread."""
    outcomes = []
    for job in JOBS:
        stack = FusedStack([Trial(replace(job, test_sequences=50), 0)], threads=1)
        outcomes.append(outcome(stack, 0, stack.advance([STEPS])[0]))
    return outcomes


def make_trials() -> list[Trial]:
    return [Trial(replace(trial.job, test_sequences=50), trial.seed) for trial in OTHERS]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_trial_among_a_hundred_others_gives_the_same_bytes(alone, threads):
    stack = FusedStack(make_trials(), threads)
    reports = stack.advance([STEPS] * len(OTHERS))
    assert [outcome(stack, row, reports[row]) for row in range(len(JOBS))] == alone


def test_a_trial_in_another_order_gives_the_same_bytes(alone):
    stack = FusedStack(make_trials()[::-1])
    reports = stack.advance([STEPS] * len(OTHERS))
    last = len(OTHERS) - 1
    assert [outcome(stack, last - row, reports[last - row]) for row in range(len(JOBS))] == alone


@pytest.mark.parametrize("chunks", [(1,) * STEPS, (5, 7), (11, 1)])
def test_however_the_steps_are_cut_a_trial_gives_the_same_bytes(alone, chunks):
    stack = FusedStack(make_trials()[: len(JOBS)])
    parts = [stack.advance([count] * len(JOBS)) for count in chunks]
    for row, expected in enumerate(alone):
        columns = [vars(part[row]) for part in parts]
        report = Steps(**{name: np.concatenate([column[name] for column in columns]) for name in columns[0]})
        assert outcome(stack, row, report) == expected


def test_a_trial_taken_up_from_its_state_gives_the_same_bytes(alone):
    first = FusedStack(make_trials()[: len(JOBS)])
    early = first.advance([5] * len(JOBS))
    second = FusedStack(make_trials()[: len(JOBS)])
    for row in range(len(JOBS)):
        second.load_state(row, first.state(row))
    late = second.advance([STEPS - 5] * len(JOBS))
    for row, expected in enumerate(alone):
        a, b = vars(early[row]), vars(late[row])
        report = Steps(**{name: np.concatenate([a[name], b[name]]) for name in a})
        assert outcome(second, row, report) == expected


def test_evaluations_and_predictions_in_between_change_nothing(alone):
    stack = FusedStack(make_trials()[: len(JOBS)])
    early = stack.advance([5] * len(JOBS))
    stack.evaluate(range(len(JOBS)))
    for row, job in enumerate(JOBS):
        stack.predict(row, job.task.sample_set(np.random.default_rng(0), 40))
        stack.trace(row, job.task.sample_set(np.random.default_rng(0), 1))
    late = stack.advance([STEPS - 5] * len(JOBS))
    for row, expected in enumerate(alone):
        a, b = vars(early[row]), vars(late[row])
        report = Steps(**{name: np.concatenate([a[name], b[name]]) for name in a})
        assert outcome(stack, row, report) == expected
