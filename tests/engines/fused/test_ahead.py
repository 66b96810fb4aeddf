"""Tasks of a user's own, whose batches numpy draws ahead of the compiled steps."""

import tracemalloc

import numpy as np
import pytest
import torch

from examples.adding_1997 import Adding1997
from seqmem.cells import GRU, LSTM, RNN
from seqmem.engines.engine import Trial
from seqmem.engines.fused.footprint import measure, size_workspace
from seqmem.engines.fused.samplers import ahead
from seqmem.engines.fused.samplers.ahead import count_ahead, join_batches
from seqmem.engines.fused.stack import FusedStack
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.optimizer import Optimizer
from seqmem.job.streams import stream
from seqmem.tasks import FurtherTest, RowDigits, Sequences, Target, Task
from tests.engines.fused.jobs import job_of
from tests.engines.fused.test_against_reference import assert_near, check_gradients
from tests.engines.fused.test_samplers import last_batch
from tests.engines.reference.own import Blocks, Growing, Ragged
from tests.engines.reference.test_own import Careless

SGD = {"optimizer": Optimizer("sgd", lr=0.1)}


class Harder(Ragged):
    """Is tested on longer sequences as well."""

    def further_tests(self):
        longer = Ragged()
        longer.max_length = 30
        return {"longer": FurtherTest(longer)}


class Shown(RowDigits):
    """A task with sets of its own that is the user's."""


class Half(Ragged):
    """Has a training set, and draws what it is tested on."""

    training_set = Ragged().sample(np.random.default_rng(1), 50)


class Pointing(Task):
    """Name the step of the 1."""

    input_size = 2
    target = Target("steps", 1, every_step=True)
    max_length = 7

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        steps = rng.integers(0, 7, (n, 1))
        return Sequences((np.arange(7) == steps).astype(np.uint8), np.full(n, 7), steps)


def careless(symbols: bool, kind: str) -> Job:
    loss = Loss("cross_entropy" if kind == "class" else "mse")
    return job_of(Careless(symbols, kind, clean=False), GRU(), (3,), loss=loss, **SGD)


JOBS = [
    job_of(Adding1997(30), LSTM(), (4,), loss=Loss("mse"), **SGD),
    job_of(Ragged(), GRU(), (3,), **SGD),
    job_of(Ragged(), GRU(), (3,), train_set=60, **SGD),
    job_of(Half(), GRU(), (3,), **SGD),
    job_of(Shown(), RNN(), (3,), test_sequences=50, **SGD),
    job_of(Pointing(), RNN(), (3,), **SGD),
    job_of(Blocks(), GRU(), (3,), batch_size=33, **SGD),
    job_of(Growing(), GRU(), (3,), **SGD),
    *(careless(symbols, kind) for symbols in (True, False) for kind in ("class", "bits", "real")),
]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_gradients_are_those_of_the_reference(job):
    check_gradients(job)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_evaluations_are_those_of_the_reference(job):
    fused, reference = FusedStack([Trial(job, 2)]), ReferenceStack([Trial(job, 2)], dtype=torch.float64)
    ours, theirs = fused.evaluate([0])[0], reference.evaluate([0])[0]
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-5)
    assert (ours.wrong, ours.outside_tolerance) == (theirs.wrong, theirs.outside_tolerance)


def test_so_are_further_tests():
    job = job_of(Harder(), GRU(), (3,))
    fused, reference = FusedStack([Trial(job, 0)]), ReferenceStack([Trial(job, 0)], dtype=torch.float64)
    ours, theirs = fused.evaluate([0], "longer")[0], reference.evaluate([0], "longer")[0]
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-5)
    assert ours.wrong == theirs.wrong


@pytest.mark.parametrize("size", [1, 31, 32, 40])
def test_batches_are_those_that_the_task_draws_number_by_number(size):
    task = Adding1997(30)
    stack = FusedStack([Trial(job_of(task, loss=Loss("mse"), batch_size=size), 3)], threads=1)
    rng = stream(3, "training data")
    for steps in (1, 7, 2):
        stack.advance([steps])
        drawn = [task.sample(rng, size) for _ in range(steps)][-1]
        found = last_batch(stack, size)
        beyond = np.arange(task.max_length) >= drawn.lengths[:, None]
        drawn.inputs[beyond] = 0
        for name in ("inputs", "lengths", "targets"):
            assert np.array_equal(getattr(found, name), getattr(drawn, name)), name
    assert stack.state(0)["data"]["rng"] == rng.bit_generator.state


@pytest.mark.parametrize("job", [*JOBS[:4], JOBS[6]], ids=lambda job: job.name)
def test_a_trial_can_be_taken_up_from_the_reference(job):
    fused, reference = FusedStack([Trial(job, 0)]), ReferenceStack([Trial(job, 0)])
    reference.advance([7])
    fused.load_state(0, reference.state(0))
    reference.advance([5])
    fused.advance([5])
    ours, theirs = fused.state(0), reference.state(0)
    assert_near(ours["weights"], theirs["weights"], 1e-4)
    assert ours["data"] == theirs["data"]


def test_a_task_that_draws_several_batches_at_once_hands_them_out_in_order():
    task = Blocks()
    fused = FusedStack([Trial(job_of(task, batch_size=8), 3)], threads=1)
    rng = stream(3, "training data")
    drawn = [task.sample(rng, 24) for _ in range(2)]
    for step in range(6):
        fused.advance([1])
        expected, found = drawn[step // 3][8 * (step % 3) : 8 * (step % 3) + 8], last_batch(fused, 8)
        assert np.array_equal(found.lengths, expected.lengths)
        assert np.array_equal(found.targets, expected.targets)


@pytest.mark.parametrize("numbers", [1, 400])
@pytest.mark.parametrize("job", [JOBS[0], JOBS[6]], ids=lambda job: job.name)
def test_how_many_batches_are_drawn_at_a_time_changes_no_byte(numbers, job, monkeypatch):
    whole = FusedStack([Trial(job, 0)])
    expected = whole.advance([20])[0]
    monkeypatch.setattr(ahead, "NUMBERS", numbers)
    parts = FusedStack([Trial(job, 0)])
    report = parts.advance([20])[0]
    assert count_ahead(job) < 3
    for name in ("loss", "wrong", "largest_error", "mean_error"):
        assert getattr(report, name).tobytes() == getattr(expected, name).tobytes()
    assert parts.state(0)["weights"].tobytes() == whole.state(0)["weights"].tobytes()
    assert parts.state(0)["data"] == whole.state(0)["data"]


@pytest.mark.parametrize("numbers", [1, 2**16])
def test_a_trial_that_diverges_stops_after_that_step_and_its_stream_with_it(numbers, monkeypatch):
    monkeypatch.setattr(ahead, "NUMBERS", numbers)
    job = job_of(Adding1997(30), RNN("relu"), (8,), loss=Loss("mse"), optimizer=Optimizer("sgd", lr=1e30))
    calm = JOBS[1]
    stack = FusedStack([Trial(job, 0), Trial(calm, 0)])
    diverged, other = stack.advance([50, 50])
    rng = stream(0, "training data")
    for _ in range(len(diverged)):
        job.task.sample(rng, job.batch_size)
    assert 0 < len(diverged) < 50
    assert np.isfinite(diverged.loss[:-1]).all()
    assert not np.isfinite(diverged.loss[-1])
    assert stack.state(0)["data"]["rng"] == rng.bit_generator.state
    assert len(other) == 50


def test_no_more_is_drawn_ahead_than_fits_a_cache():
    small, large = job_of(Ragged(), batch_size=1), job_of(Ragged(), batch_size=10**6)
    assert count_ahead(small) * (9 + 3) <= ahead.NUMBERS < 2 * count_ahead(small) * (9 + 3)
    assert count_ahead(large) == 1


@pytest.mark.parametrize(("batch_size", "test_sequences"), [(32, 10), (3000, 10), (32, 5000)])
def test_what_numpy_draws_is_within_the_memory_that_a_thread_is_said_to_take(batch_size, test_sequences):
    task = Adding1997(30)
    job = job_of(task, loss=Loss("mse"), batch_size=batch_size, test_sequences=test_sequences)
    rng = np.random.default_rng(0)
    tracemalloc.start()
    join_batches(task, [task.sample(rng, batch_size) for _ in range(count_ahead(job))], batch_size)
    join_batches(task, [task.sample_set(rng, test_sequences)], test_sequences)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    workspace = max(size_workspace(job, size) for size in (batch_size, test_sequences))
    assert peak < measure(job).thread - workspace < 5 * peak


class Breaking(Task):
    """Draws a class that there is not, once in a while."""

    input_size = 2
    target = Target("class", 2)
    max_length = 3

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        symbols = rng.integers(0, 2, (n, 3))
        return Sequences(symbols, np.full(n, 3), symbols[:, 0] + 5 * (rng.random() > 0.8))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_answer_that_there_is_not_ends_training_in_one_line(threads):
    stack = FusedStack([Trial(job_of(Breaking()), seed) for seed in range(3)], threads)
    with pytest.raises(ValueError, match=r"^Breaking.sample must return targets from 0 to 1, got 0 to 6$"):
        stack.advance([200] * 3)


def test_a_batch_of_another_size_is_refused():
    batch = Ragged().sample(np.random.default_rng(0), 4)
    with pytest.raises(ValueError, match=r"^Ragged.sample must return inputs of shape \(5, "):
        join_batches(Ragged(), [batch], 5)


def test_a_curriculum_goes_on_from_step_to_step_as_on_the_reference():
    job = job_of(Growing(), GRU(), (3,), **SGD)
    fused, reference = FusedStack([Trial(job, 2)]), ReferenceStack([Trial(job, 2)], dtype=torch.float64)
    for steps in (2, 7, 11):
        ours = fused.advance([steps])[0].loss
        assert_near(ours, np.concatenate([reference.advance([1])[0].loss for _ in range(steps)]))
    assert fused.state(0)["data"] == reference.state(0)["data"]
    assert fused.state(0)["data"]["step"] == 20
