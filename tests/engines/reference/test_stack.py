"""Training a stack, its state, and letting go of trials."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from seqmem.cells import RNN
from seqmem.engines.engine import Trial
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.data import draw_test_set
from seqmem.job.initialisation import Initialisation
from seqmem.job.job import Job
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.tasks import Recall
from tests.engines.reference.own import Leaky
from tests.engines.reference.stacks import DRAWN, JOB, TASK, all_weights, build, make

# Advancing.


def test_a_trial_starts_from_its_networks_weights():
    for row, expected in enumerate(JOB.network.initial_weights(seed) for seed in range(3)):
        weights = build().weights(row)
        assert list(weights) == list(JOB.network.parameters())
        assert all(np.array_equal(weights[name], expected[name]) for name in expected)


def test_a_change_of_batch_size_does_not_change_the_initial_weights():
    assert all_weights(build(JOB)) == all_weights(build(replace(JOB, batch_size=32)))


def test_training_makes_the_loss_fall():
    task = Recall()
    report = build(make(task, hidden=(10,), batch_size=64, optimizer=Optimizer(lr=0.03)), 1).advance([150])[0]
    assert report.loss[-20:].mean() < 0.6 * report.loss[:20].mean()


def test_a_report_has_an_entry_a_step():
    for report in build().advance([4, 4, 4]):
        assert [len(getattr(report, key)) for key in ("loss", "wrong", "largest_error", "mean_error")] == [4] * 4


def test_a_trial_that_was_asked_for_no_step_stays_as_it_is():
    stack = build()
    before = all_weights(stack)
    reports = stack.advance([3, 0, 3])
    after = all_weights(stack)
    assert [len(report) for report in reports] == [3, 0, 3]
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, False]


def test_nobody_asked_for_a_step_is_no_error():
    stack = build()
    before = all_weights(stack)
    assert [len(report) for report in stack.advance([0, 0, 0])] == [0, 0, 0]
    assert all_weights(stack) == before


def test_trials_asked_for_different_numbers_of_steps_do_at_least_one_and_at_most_those():
    reports = build().advance([2, 5, 0])
    assert 1 <= len(reports[0]) <= 2
    assert 1 <= len(reports[1]) <= 5
    assert len(reports[2]) == 0


def test_trials_that_take_turns_come_to_where_they_come_together():
    together, apart = build(dtype=torch.float64), build(dtype=torch.float64)
    together.advance([6, 6, 6])
    for steps in ([6, 0, 0], [0, 2, 2], [0, 4, 0], [0, 0, 4]):
        apart.advance(steps)
    for row in range(3):
        np.testing.assert_allclose(apart.state(row)["weights"], together.state(row)["weights"], rtol=1e-9)


def test_the_same_stack_gives_the_same_bytes_again():
    first, second = build(), build()
    first.advance([10] * 3)
    second.advance([10] * 3)
    assert all_weights(first) == all_weights(second)


# Divergence.


def diverging(job: Job, lr: float) -> tuple[ReferenceStack, list]:
    """A stack whose second trial has a rate of its own, and its reports."""
    wild = replace(job, optimizer=replace(job.optimizer, lr=lr))
    stack = ReferenceStack([Trial(job, 0), Trial(wild, 1), Trial(job, 2)])
    return stack, stack.advance([12] * 3)


SGD = make(Recall(), RNN("relu"), optimizer=Optimizer("sgd", lr=0.01))


def test_a_diverged_trials_report_ends_with_the_loss_that_is_not_finite():
    _, reports = diverging(SGD, 1e30)
    assert 1 <= len(reports[1]) < 12
    assert np.isfinite(reports[1].loss[:-1]).all()
    assert not np.isfinite(reports[1].loss[-1])


def test_a_diverged_trial_leaves_its_neighbours_unchanged():
    (sound, sound_reports), (hit, hit_reports) = diverging(SGD, 0.01), diverging(SGD, 1e30)
    for row in (0, 2):
        assert all_weights(sound)[row] == all_weights(hit)[row]
        np.testing.assert_array_equal(sound_reports[row].loss, hit_reports[row].loss)
        assert len(hit_reports[row]) == 12


def test_a_trial_with_short_sequences_is_not_hurt_by_a_neighbours_padding():
    init = Initialisation(input="zero", recurrent={"constant": 10}, bias={"constant": 1})
    short, long = (
        make(Recall(min_length=3, max_length=length), RNN("relu"), network={"init": init}, clip=1.0)
        for length in (3, 400)
    )
    alone, beside = ReferenceStack([Trial(short, 0)]), ReferenceStack([Trial(short, 0), Trial(long, 1)])
    expected, reports = alone.advance([3]), beside.advance([3, 3])
    np.testing.assert_allclose(reports[0].loss, expected[0].loss, rtol=1e-5)


# States.


RESUMED = {
    "adam": JOB,
    "a fixed training set": replace(JOB, train_set=30),
    "uniform states": DRAWN,
    "reset every epoch": replace(JOB, epoch=24, optimizer=Optimizer(lr=0.01, reset_every_epoch=True)),
    "a falling rate": replace(JOB, schedule=Schedule("error", error=0.5, batches=4)),
    "momentum": replace(JOB, optimizer=Optimizer("sgd", lr=0.1, momentum=0.9)),
    "a cell of one's own": replace(JOB, network=Network(TASK, Leaky(), (5,))),
}


@pytest.mark.parametrize("name", RESUMED)
def test_two_halves_through_the_state_give_the_bytes_of_the_whole(name):
    whole, first, second = (build(RESUMED[name]) for _ in range(3))
    whole.advance([14] * 3)
    first.advance([7] * 3)
    for row in range(3):
        second.load_state(row, first.state(row))
    second.advance([7] * 3)
    assert all_weights(second) == all_weights(whole)


def test_a_state_stays_as_it_was_while_the_trial_goes_on():
    stack, other = build(), build()
    stack.advance([5] * 3)
    states = [stack.state(row) for row in range(3)]
    stack.advance([5] * 3)
    for row, state in enumerate(states):
        other.load_state(row, state)
    other.advance([5] * 3)
    assert all_weights(other) == all_weights(stack)


@pytest.mark.parametrize("count", [1, 3])
def test_weights_that_were_handed_out_stay_as_they_were(count):
    stack = build(count=count)
    weights = stack.weights(0)
    copies = {name: value.copy() for name, value in weights.items()}
    stack.advance([5] * count)
    assert all(np.array_equal(weights[name], copies[name]) for name in weights)


def test_weights_that_were_handed_out_are_the_callers_own():
    stack = build(count=1)
    stack.weights(0)["readout.bias"][:] = 100
    assert np.abs(stack.weights(0)["readout.bias"]).max() < 1


def test_a_trial_goes_on_in_another_stack_with_other_windows():
    wide = replace(JOB, schedule=Schedule("error", batches=20))
    narrow = replace(JOB, schedule=Schedule("error", batches=4))
    both = ReferenceStack([Trial(narrow, 0), Trial(wide, 1)], dtype=torch.float64)
    both.advance([6, 6])
    alone = ReferenceStack([Trial(narrow, 0)], dtype=torch.float64)
    alone.load_state(0, both.state(0))
    both.advance([6, 6])
    alone.advance([6])
    np.testing.assert_allclose(alone.state(0)["weights"], both.state(0)["weights"], rtol=1e-9)


# Retiring.


def test_a_retired_trial_still_answers():
    stack, kept = build(), build()
    stack.retire(1)
    test_set = draw_test_set(JOB, 1)
    np.testing.assert_array_equal(stack.predict(1, test_set), kept.predict(1, test_set))
    assert stack.evaluate([1]) == kept.evaluate([1])
    assert list(stack.weights(1)) == list(kept.weights(1))
    np.testing.assert_array_equal(stack.trace(1, test_set[:1]).hidden, kept.trace(1, test_set[:1]).hidden)


def test_a_retired_trial_leaves_the_others_to_go_on():
    stack = build()
    stack.retire(1)
    assert [len(report) for report in stack.advance([3, 0, 3])] == [3, 0, 3]


def test_a_retired_trial_cannot_be_trained():
    stack = build()
    stack.retire(1)
    with pytest.raises(RuntimeError, match=r"^trial 1 is retired and cannot be trained$"):
        stack.advance([1, 1, 1])
