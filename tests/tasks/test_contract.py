"""What every task must hold to, and the line that one gets which does not."""

import random
import re

import numpy as np
import pytest

from examples.adding_1997 import Adding1997
from seqmem import tasks
from seqmem.cells import LSTM
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.tasks import Recall, Sequences, Target, Task
from seqmem.tasks.contract import check_task, is_built_in


class Good(Task):
    """Four steps of two symbols; the first is asked for."""

    input_size = 2
    max_length = 4
    target = Target("class", 2)

    def sample(self, rng, n):
        inputs = rng.integers(0, 2, (n, 4))
        return Sequences(inputs, np.full(n, 4), inputs[:, 0])


def change(**changed):
    """A sampler that draws what `Good` draws, but for some arrays."""

    def sample(self, rng, n):
        drawn = Good.sample(self, rng, n)
        return Sequences(**vars(drawn) | {name: make(drawn, n) for name, make in changed.items()})

    return sample


def count_calls(self, rng, n):
    self.calls = getattr(self, "calls", 0) + 1
    drawn = Good.sample(self, rng, n)
    return Sequences(drawn.inputs, drawn.lengths, (drawn.targets + self.calls) % 2)


def draw_elsewhere(self, rng, n):
    return Good.sample(self, np.random.default_rng(), n)


def draw_globally(self, rng, n):
    np.random.random()  # noqa: NPY002
    return Good.sample(self, rng, n)


def draw_from_python(self, rng, n):
    random.random()
    return Good.sample(self, rng, n)


def fail(self, rng, n):
    raise KeyError("x")


def ask_seldom(self, rng, n):
    """Ask for an answer at the first step only."""
    drawn = Good.sample(self, rng, n)
    return Sequences(drawn.inputs, drawn.lengths, np.where(np.arange(4) == 0, 1, np.full((n, 1), -1)))


NOT_ALONE = "must depend on the generator alone, and count no calls: two equal generators gave different "
GLOBAL = "must draw from the generator that it is handed, not from a global one"
BAD = [
    ({"sample": fail}, "must draw 5 sequences, but raised KeyError: 'x'"),
    ({"sample": lambda self, rng, n: 3}, "must return Sequences, got int"),
    ({"sample": change(lengths=lambda d, n: [4] * n)}, "must return lengths as an array, got list"),
    ({"sample": change(inputs=lambda d, n: np.zeros((n, 5), int))},
     "must return inputs of 1 to max_length=4 steps, got (5, 5)"),
    ({"sample": change(inputs=lambda d, n: np.zeros(n, int))},
     "must return inputs of 1 to max_length=4 steps, got (5,)"),
    ({"sample": change(inputs=lambda d, n: d.inputs[1:])}, "must return inputs of shape (5, 4) for n=5, got (4, 4)"),
    ({"sample": change(inputs=lambda d, n: d.inputs / 1)}, "must return symbols as inputs, got float64"),
    ({"sample": change(inputs=lambda d, n: d.inputs + 1)}, "must return inputs from 0 to 1, got 1 to 2"),
    ({"symbols": False}, "must return inputs of shape (5, 4, 2) for n=5, got (5, 4)"),
    ({"symbols": False, "sample": change(inputs=lambda d, n: np.full((n, 4, 2), np.nan))},
     "must return finite inputs"),
    ({"symbols": False, "sample": change(inputs=lambda d, n: np.full((n, 4, 2), "a"))},
     "must return features as inputs, got <U1"),
    ({"sample": change(lengths=lambda d, n: np.full(n, 5))},
     "must return lengths from 1 to 4, the steps of its inputs, got 5 to 5"),
    ({"sample": change(lengths=lambda d, n: np.arange(n))},
     "must return lengths from 1 to 4, the steps of its inputs, got 0 to 4"),
    ({"sample": change(lengths=lambda d, n: np.full(n, 4.0))}, "must return integers as lengths, got float64"),
    ({"sample": change(targets=lambda d, n: d.targets[:, None])},
     "must return targets of shape (5,) for n=5, got (5, 1)"),
    ({"sample": change(targets=lambda d, n: d.targets / 1)}, "must return integers as targets, got float64"),
    ({"sample": change(targets=lambda d, n: d.targets - 1)}, "must return targets from 0 to 1, got -1 to 0"),
    ({"target": Target("class", 2, every_step=True)}, "must return targets of shape (5, 4) for n=5, got (5,)"),
    ({"target": Target("bits", 1), "sample": change(targets=lambda d, n: np.full((n, 1), 0.5))},
     "must return bits as targets, 0 or 1"),
    ({"target": Target("real", 1), "sample": change(targets=lambda d, n: np.full((n, 1), np.inf))},
     "must return finite targets"),
    ({"target": Target("steps", 1, every_step=True), "sample": change(targets=lambda d, n: np.full((n, 1), 4))},
     "must return targets that name steps of their sequences, from 0 to length - 1"),
    ({"target": Target("class", 2, True, "last"), "sample": ask_seldom},
     "must return sequences with an answer at least, at a step that is scored"),
    ({"sample": count_calls}, f"{NOT_ALONE}targets"),
    ({"sample": draw_elsewhere}, f"{NOT_ALONE}inputs"),
    ({"sample": draw_globally}, GLOBAL),
    ({"sample": draw_from_python}, GLOBAL),
]  # fmt: skip


@pytest.mark.parametrize(("members", "rule"), BAD, ids=lambda value: value if isinstance(value, str) else "")
def test_a_task_that_breaks_its_contract_is_refused_in_one_line(members, rule):
    with pytest.raises(ValueError, match=f"^Broken.sample {re.escape(rule)}$"):
        check_task(type("Broken", (Good,), members)())


@pytest.mark.parametrize("value", [0, 2.5, None])
def test_a_number_of_batches_that_is_none_is_refused(value):
    broken = type("Broken", (Good,), {"batches_at_once": value})
    with pytest.raises(ValueError, match=f"^Broken.batches_at_once must be a number of at least 1, got {value}$"):
        check_task(broken())


def test_the_method_that_draws_sets_is_checked_as_well():
    broken = type("Broken", (Good,), {"sample_set": lambda self, rng, n: self.sample(rng, n - 1)})
    with pytest.raises(ValueError, match=r"^Broken.sample_set must return inputs of shape \(5, 4\) for n=5, got \(4,"):
        check_task(broken())


def test_sets_of_a_tasks_own_are_checked_instead_of_draws():
    pair = Good().sample(np.random.default_rng(0), 7)
    wrong = Sequences(pair.inputs, pair.lengths, pair.targets + 1)
    broken = type("Broken", (Good,), {"sample": fail, "training_set": pair, "test_set": wrong})
    with pytest.raises(ValueError, match=r"^Broken.test_set must return targets from 0 to 1, got 1 to 2$"):
        check_task(broken())
    broken.test_set = pair
    check_task(broken())


def test_what_stands_beyond_the_lengths_is_not_looked_at():
    def sample(self, rng, n):
        drawn = Good.sample(self, rng, n)
        drawn.inputs[:, 2:] = np.random.default_rng().integers(-9, 9, (n, 2))
        return Sequences(drawn.inputs, np.full(n, 2), drawn.targets)

    check_task(type("Untidy", (Good,), {"sample": sample})())


def test_a_class_is_drawn_from_once():
    calls = []

    def sample(self, rng, n):
        calls.append(n)
        return Good.sample(self, rng, n)

    kind = type("Own", (Good,), {"sample": sample})
    check_task(kind())
    first = len(calls)
    check_task(kind())
    assert len(calls) == first > 0


def test_a_job_is_not_built_of_a_task_that_breaks_its_contract():
    broken = type("Broken", (Good,), {"sample": count_calls})()
    with pytest.raises(ValueError, match=r"^Broken.sample must depend on the generator alone"):
        Job(Network(broken, LSTM(), (3,)))


def test_the_example_holds_to_the_contract():
    task = Adding1997()
    check_task(task)
    Job(Network(task, LSTM(), (3,)), Loss("mse"))


def test_seqmems_own_tasks_are_known_and_what_extends_them_is_not_one():
    own = [kind for kind in vars(tasks).values() if isinstance(kind, type) and issubclass(kind, Task) and kind != Task]
    assert len(own) > 5
    assert all(is_built_in(kind) for kind in own)
    assert not is_built_in(type("Harder", (Recall,), {}))
    assert not is_built_in(Good)


@pytest.mark.parametrize("kind", ["class", "bits", "real"])
def test_a_task_may_leave_out_answers(kind):
    left_out = -1 if kind == "class" else np.nan

    class Seldom(Good):
        target = Target(kind, 1, every_step=True)

        def sample(self, rng: np.random.Generator, n: int) -> Sequences:
            drawn = super().sample(rng, n)
            targets = np.where(np.arange(4) < 2, 0, np.full((n, 1), left_out))
            return Sequences(drawn.inputs, drawn.lengths, targets if kind == "class" else targets[..., None])

    check_task(Seldom())


class Taught(Good):
    """Is told the step."""

    def sample(self, rng, n, step=0):
        if step > self.last:
            raise KeyError(step)
        return super().sample(rng, n)

    def sample_set(self, rng, n):
        return Good().sample(rng, n)


@pytest.mark.parametrize(
    ("members", "rule"),
    [
        ({"last": 5}, ".sample must draw 5 sequences at step 1000000, but raised KeyError: 1000000"),
        ({"batches_at_once": 2}, ".batches_at_once must be 1, as sample takes a step, got 2"),
        (
            {"sample_set": Task.sample_set},
            ".sample_set must be the task's own, as sample takes a step: it says what the task ends with",
        ),
    ],
)
def test_a_task_that_takes_a_step_draws_at_any_and_says_what_it_is_tested_on(members, rule):
    with pytest.raises(ValueError, match=f"^Broken{re.escape(rule)}$"):
        check_task(type("Broken", (Taught,), members)())


def test_a_task_that_takes_a_step_passes():
    check_task(type("Fine", (Taught,), {"last": 10**9})())
