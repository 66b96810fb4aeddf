"""What things are built with, from Python: names and values, each mistake in one line."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Mapping
from dataclasses import fields

import numpy as np
import pytest

from seqmem import Job, Network, Optimizer
from seqmem.arguments import read_arguments, suggest
from seqmem.cells import LSTM, RNN, Cell, LSTMChain
from seqmem.engines.reference.stacking import stack_key
from seqmem.tasks import Recall, Sequences, Target, Task

TASK, CELL = Recall(), LSTM()
NETWORK = Network(TASK, CELL, 8)


class Own(Task):
    """A task of one's own."""

    def __init__(self, width: int, scale: float = 1.0, table: Mapping[str, int] | None = None, other=None) -> None:
        self.width, self.scale, self.table, self.other = width, scale, table, other
        self.max_length = self.input_size = 3
        self.target = Target("class", 3)

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        raise NotImplementedError


class Unread(Recall):
    """A task whose hints name nothing."""

    def __init__(self, index: Nothing) -> None:  # noqa: F821
        super().__init__(index)


class Open(Recall):
    """A task that takes what it is given."""

    def __init__(self, *values: int, index: int = 1, **more: int) -> None:
        super().__init__(index)
        self.values, self.more = values, more


@pytest.mark.parametrize("hidden", [8, (8,), [8], np.int64(8), np.array([8]), range(8, 9), 8.0])
def test_a_width_alone_is_one_layer(hidden):
    network = Network(TASK, CELL, hidden)
    assert network == NETWORK
    assert network.hidden == network.hidden_sizes == (8,)
    assert type(network.hidden_sizes[0]) is int


def test_widths_may_be_a_list():
    assert Network(TASK, CELL, [4, 8]).hidden_sizes == (4, 8)


A_TASK = "task must be a Task"
WRONG = {
    "a class for a task": (lambda: Network(Recall, CELL, 8), f"{A_TASK}, got the class Recall; write Recall(..)"),
    "a class for a cell": (lambda: Network(TASK, RNN, 8), "cell must be a Cell, got the class RNN; write RNN(..)"),
    "another class": (lambda: Network(TASK, Recall, 8), "cell must be a Cell, got the class Recall"),
    "another object": (lambda: Network(CELL, TASK, 8), f"{A_TASK}, got LSTM(..)"),
    "a name for an object": (lambda: Job(NETWORK, optimizer="adam"), "optimizer must be an Optimizer, got adam"),
    "a list of objects": (lambda: Job([NETWORK]), "network must be a Network, got [Network(..)]"),
    "a list of numbers": (lambda: Job(NETWORK, batch_size=[32]), "batch_size must be a whole number, got [32]"),
    "a list with a word": (lambda: Network(TASK, CELL, [8, "x"]), "hidden must be a whole number, got x"),
    "a list of lists": (lambda: Network(TASK, CELL, [[8]]), "hidden must be a whole number, got [8]"),
    "an empty list": (lambda: Network(TASK, CELL, []), "hidden must have at least one layer, got []"),
    "a word for a width": (lambda: Network(TASK, CELL, "8"), "hidden must be a whole number, got 8"),
    "a negative width": (lambda: Network(TASK, CELL, -8), "hidden must be positive, got -8"),
    "half a width": (lambda: Network(TASK, CELL, 8.5), "hidden must be a whole number, got 8.5"),
    "nothing": (lambda: Network(TASK, CELL, None), "hidden must be a whole number, got null"),
    "a word for a number": (lambda: Optimizer(lr="fast"), "lr must be a number, got fast"),
    "more than a number holds": (lambda: Optimizer(lr=10**400), "optimizer.lr must be a finite number, got inf"),
    "less than a number holds": (lambda: Optimizer(lr=-(10**400)), "optimizer.lr must be a finite number, got -inf"),
    "a truth for a number": (lambda: Job(NETWORK, trials=True), "trials must be a whole number, got true"),
    "a number for a truth": (lambda: Job(NETWORK, stop=1), "stop must be true or false, got 1"),
    "a list of choices": (lambda: Recall(one_length=["x"]), "one_length must be one of batch, sequence, got [x]"),
    "of a task": (lambda: Recall(index="2"), "index must be a whole number, got 2"),
    "of a cell": (lambda: LSTMChain(2.5), "num_cells must be a whole number, got 2.5"),
    "of a task of one's own": (lambda: Own(scale=[1], width=2), "scale must be a number, got [1]"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_told_in_one_line(case):
    build, message = WRONG[case]
    with pytest.raises(ValueError) as refused:
        build()
    assert str(refused.value) == message


MISSPELT = {
    "network": (lambda: Network(TASK, CELL, hiden=8), "hiden is not an argument of Network; did you mean hidden?"),
    "job": (lambda: Job(NETWORK, trial=3), "trial is not an argument of Job; did you mean trials?"),
    "task": (lambda: Recall(indx=2), "indx is not an argument of Recall; did you mean index?"),
    "own task": (lambda: Own(1, with_=2), "with_ is not an argument of Own; did you mean width?"),
    "another": (lambda: LSTMChain(width=3), "width is not an argument of LSTMChain; choose num_cells"),
}


@pytest.mark.parametrize("case", MISSPELT)
def test_a_misspelt_argument_is_told_in_one_line(case):
    build, message = MISSPELT[case]
    with pytest.raises(TypeError) as refused:
        build()
    assert str(refused.value) == message


def test_numbers_come_as_what_they_were_meant_to_be():
    job = Job(NETWORK, max_sequences=1e5, trials=np.int32(3), clip=1, optimizer=Optimizer(lr=np.float64(0.1)))
    kinds = [type(value) for value in (job.max_sequences, job.trials, job.clip, job.optimizer.lr)]
    assert kinds == [int, int, float, float]


def test_what_has_no_hint_or_another_kind_of_one_is_handed_on():
    table, other = {"a": 1}, object()
    own = Own(2, 3, table, other)
    assert (own.width, own.scale) == (2, 3.0)
    assert own.table is table
    assert own.other is other


def test_hints_that_name_nothing_are_left_unread():
    assert Unread(index=2).index == 2


def test_a_class_may_take_any_arguments():
    own = Open(1, 2, index=np.int64(2), more=3)
    assert (own.values, own.index, own.more) == ((1, 2), 2, {"more": 3})


def test_what_an_object_was_built_with_is_kept():
    network = Network(TASK, CELL, [4, np.int64(8)], attention="dot")
    kept = read_arguments(network)
    assert (kept["task"], kept["hidden"], kept["readout"], network.readout) == (TASK, (4, 8), "auto", "last")
    assert list(kept) == [field.name for field in fields(Network)]
    assert read_arguments(LSTMChain()) == read_arguments(LSTMChain(2)) == {"num_cells": 2}
    assert read_arguments(LSTM()) == {}


def test_what_is_kept_is_the_classs_own_and_not_its_bases():
    assert read_arguments(Open(1, index=2, more=3)) == {"index": 2, "more": 3}
    assert read_arguments(Unread(2)) == {"index": 2}


def test_equal_cells_share_a_stack_whichever_way_they_were_written():
    jobs = [Job(Network(TASK, cell, 8)) for cell in (LSTMChain(), LSTMChain(2), LSTMChain(num_cells=2.0))]
    assert len({stack_key(job) for job in jobs}) == 1


def test_too_few_and_too_many_are_left_to_python():
    with pytest.raises(TypeError, match=r"missing 1 required positional argument: 'hidden'$"):
        Network(TASK, CELL)
    with pytest.raises(TypeError, match=r"takes .* positional arguments but 4 were given$"):
        LSTMChain(1, 2, 3)


def test_a_checked_class_is_copied_pickled_and_read_like_any_other():
    assert pickle.loads(pickle.dumps(NETWORK)).hidden == copy.deepcopy(NETWORK).hidden == (8,)
    assert list(inspect.signature(Recall).parameters)[:2] == ["index", "num_symbols"]
    assert list(inspect.signature(Network).parameters)[:3] == ["task", "cell", "hidden"]


def test_a_cell_without_arguments_of_its_own_takes_none():
    class Bare(Cell):
        gates = ("hidden",)

        def step(self, x, state, weights):
            return state

    with pytest.raises(TypeError, match=r"Bare\(\) takes no arguments"):
        Bare(3)


def test_a_near_miss_is_suggested():
    assert suggest("hiden", ["hidden", "seed"]) == "; did you mean hidden?"


def test_without_a_near_miss_all_choices_are_named():
    assert suggest("x", ["seed", "hidden"], "a.") == "; choose a.hidden, a.seed"


def test_where_there_are_no_choices_that_is_said():
    assert suggest("x", []) == "; there are none"
