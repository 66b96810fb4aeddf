"""A stack in parts, each on a thread of its own, and torch's own threads, which are left alone."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from seqmem.cells import LSTM
from seqmem.engines.engine import Trial
from seqmem.engines.reference import stack as module
from seqmem.engines.reference.duration import count_parts, estimate_seconds
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.engines.reference.threads import SideBySide, on_one_thread
from seqmem.job.optimizer import Optimizer
from seqmem.tasks import LongLag, TemporalOrder
from tests.engines.reference.stacks import DRAWN, JOB, TASK, make

JOBS = {
    "drawn states": DRAWN,
    "a falling rate, clipped": replace(JOB, clip=0.1, optimizer=Optimizer("rmsprop")),
    "an optimizer that is reset": replace(JOB, train_set=16, optimizer=Optimizer(reset_every_epoch=True)),
}
SMALL, LARGE = make(TASK, hidden=10), make(TemporalOrder(), hidden=128, batch_size=32)


class Watched(LSTM):
    """Notes on which thread it runs, and how many torch has there."""

    seen: set[tuple[str, int]] = set()  # noqa: RUF012

    def step(self, x, state, weights):
        self.seen.add((threading.current_thread().name, torch.get_num_threads()))
        return super().step(x, state, weights)


@pytest.fixture
def in_parts(monkeypatch):
    """As many parts as there are trials and threads, however small."""
    monkeypatch.setattr(module, "count_parts", lambda job, trials, threads: min(trials, threads))


@pytest.fixture
def two_threads():
    """Torch with two threads of its own, as in a notebook."""
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


def build(job, threads, count=5):
    return ReferenceStack([Trial(job, seed) for seed in range(count)], threads=threads)


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("threads", [2, 3])
def test_a_stack_in_parts_computes_what_it_computes_in_one(in_parts, name, threads):
    alone, parts = build(JOBS[name], 1), build(JOBS[name], threads)
    for steps in ([6] * 5, [3, 0, 3, 4, 0], [2] * 5):
        for one, other in zip(alone.advance(steps), parts.advance(steps), strict=True):
            np.testing.assert_allclose(other.loss, one.loss, rtol=1e-5)
            np.testing.assert_array_equal(other.wrong, one.wrong)
    for row in range(5):
        for name, value in alone.weights(row).items():
            np.testing.assert_allclose(parts.weights(row)[name], value, rtol=1e-4, atol=1e-6)
    assert [e.wrong for e in alone.evaluate(range(5))] == [e.wrong for e in parts.evaluate(range(5))]


class Meeting(Watched):
    """Waits at its first step until another thread is there as well: a short part could else end before."""

    both = threading.Barrier(2)

    def step(self, x, state, weights):
        if threading.current_thread().name not in {name for name, _ in Watched.seen}:
            self.both.wait(60)
        return super().step(x, state, weights)


def test_each_part_is_on_a_thread_of_its_own(in_parts, two_threads):
    Watched.seen.clear()
    build(make(TASK, Meeting()), 2).advance([1] * 5)
    assert Watched.seen == {("reference_0", 1), ("reference_1", 1)}


def test_torch_computes_on_one_thread_and_gets_its_others_back(two_threads):
    Watched.seen.clear()
    stack = build(make(LongLag(p=10, closed_loop=True), Watched()), 1)
    stack.advance([1] * 5)
    stack.evaluate([0])
    stack.evaluate([0], "closed loop")
    sequences = TASK.sample_set(np.random.default_rng(0), 1)
    stack.predict(0, sequences)
    stack.trace(0, sequences)
    assert Watched.seen == {("MainThread", 1)}
    assert torch.get_num_threads() == 2


def test_torch_gets_its_threads_back_after_an_error(two_threads):
    with pytest.raises(ZeroDivisionError), on_one_thread():
        _ = 1 / 0
    assert torch.get_num_threads() == 2


def test_an_error_of_one_part_is_raised_when_all_have_ended():
    ended = []

    def work(part):
        if part == 0:
            raise MemoryError("part 0")
        ended.append(part)

    with pytest.raises(MemoryError, match=r"^part 0$"):
        SideBySide(3).map(work, [0, 1, 2])
    assert sorted(ended) == [1, 2]


@pytest.mark.parametrize(
    ("job", "trials", "threads", "parts"),
    [
        (SMALL, 10, 16, 1),
        (LARGE, 10, 2, 2),
        (LARGE, 10, 1, 1),
        (LARGE, 1, 16, 1),
        (LARGE, 3, 16, 3),
        (LARGE, 10, 16, 6),
    ],
)
def test_a_stack_is_split_where_its_products_take_longer_than_its_calls(job, trials, threads, parts):
    assert count_parts(job, trials, threads) == parts


def test_more_threads_are_estimated_to_take_less_time():
    assert estimate_seconds(LARGE, 10, 2) < 0.75 * estimate_seconds(LARGE, 10, 1)
    assert estimate_seconds(SMALL, 10, 2) == estimate_seconds(SMALL, 10, 1)


def test_as_many_threads_as_cores_unless_said():
    assert build(JOB, None).threads == module.count_cores()
