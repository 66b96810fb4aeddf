from dataclasses import replace

import numpy as np
import pytest

from seqmem.cells import GRU, LSTM
from seqmem.job.data import TrainingData, draw_test_indices, draw_test_set
from seqmem.job.job import Job
from seqmem.job.network import Network
from seqmem.job.streams import stream
from seqmem.tasks import LongLag, Recall, RowDigits
from tests.engines.reference.own import Growing

TASK = LongLag(p=20, distractors="random")
JOB = Job(Network(TASK, LSTM(), (4,)), batch_size=8)
FIXED = replace(JOB, train_set=30)  # 3.75 batches an epoch
DIGITS = Job(Network(RowDigits(), LSTM(), (4,)), batch_size=8, train_set=30, test_sequences=20)


class Blocks(LongLag):
    """Draws three batches at a time."""

    batches_at_once = 3


BLOCKS = Job(Network(Blocks(p=20, distractors="random"), LSTM(), (4,)), batch_size=8)


def inputs(data: TrainingData, batches: int) -> np.ndarray:
    return np.concatenate([data.next_batch().inputs for _ in range(batches)])


def as_set(rows: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(row) for row in rows}


def test_fresh_data_never_comes_twice():
    assert len(as_set(inputs(TrainingData(JOB, 0), 50))) == 400


def test_the_same_seed_gives_the_same_batches():
    np.testing.assert_array_equal(inputs(TrainingData(JOB, 3), 5), inputs(TrainingData(JOB, 3), 5))


def test_another_seed_gives_other_batches():
    assert not as_set(inputs(TrainingData(JOB, 3), 5)) & as_set(inputs(TrainingData(JOB, 4), 5))


def test_a_fixed_set_holds_as_many_sequences_as_asked_for():
    assert len(as_set(inputs(TrainingData(FIXED, 0), 100))) == 30


def test_every_epoch_visits_every_sequence_once():
    passed = inputs(TrainingData(FIXED, 0), 15)  # four epochs
    epochs = passed.reshape(4, 30, -1)
    assert all(len(as_set(epoch)) == 30 for epoch in epochs)


def test_every_epoch_has_an_order_of_its_own():
    epochs = inputs(TrainingData(FIXED, 0), 15).reshape(4, -1)
    assert len(as_set(epochs)) == 4


def test_a_batch_may_begin_in_one_epoch_and_end_in_the_next():
    data = TrainingData(FIXED, 0)
    indices = [data.next_indices() for _ in range(4)]
    assert len(indices[3]) == 8
    assert set(np.concatenate(indices)[:30]) == set(range(30))


def test_a_batch_as_large_as_the_set_is_the_whole_set():
    data = TrainingData(replace(FIXED, batch_size=30), 0)
    assert all(sorted(data.next_indices()) == list(range(30)) for _ in range(3))


def test_a_fixed_set_has_a_length_for_each_sequence():
    task = Recall(one_length="batch")
    job = Job(Network(task, LSTM(), (4,)), train_set=200)
    assert len(set(TrainingData(job, 0).set.lengths)) == 7


def test_inputs_targets_and_lengths_of_a_fixed_set_stay_together():
    task = Recall()
    data = TrainingData(Job(Network(task, LSTM(), (4,)), train_set=50), 0)
    for _ in range(5):
        batch = data.next_batch()
        np.testing.assert_array_equal(batch.targets, batch.inputs[:, 1])


@pytest.mark.parametrize("job", [JOB, FIXED, DIGITS, BLOCKS], ids=["fresh", "fixed", "own", "blocks"])
@pytest.mark.parametrize("before", [0, 1, 3, 4])
def test_data_goes_on_from_its_state(job, before):
    data, resumed = TrainingData(job, 0), TrainingData(job, 0)
    inputs(data, before + 1)
    resumed.load_state(data.state())
    np.testing.assert_array_equal(inputs(resumed, 10), inputs(data, 10))


@pytest.mark.parametrize("job", [JOB, FIXED, BLOCKS], ids=["fresh", "fixed", "blocks"])
def test_a_state_stays_as_it_was_while_the_data_goes_on(job):
    data, resumed = TrainingData(job, 0), TrainingData(job, 0)
    state = data.state()
    expected = inputs(data, 6)
    resumed.load_state(state)
    np.testing.assert_array_equal(inputs(resumed, 6), expected)


def test_batches_of_a_block_are_its_parts_in_order():
    data, rng = TrainingData(BLOCKS, 0), stream(0, "training data")
    blocks = [BLOCKS.task.sample(rng, 24).inputs for _ in range(2)]
    np.testing.assert_array_equal(inputs(data, 6), np.concatenate(blocks))


def test_a_state_with_more_batches_than_a_block_has_is_refused():
    data = TrainingData(BLOCKS, 0)
    with pytest.raises(ValueError, match=r"^used must be from 0 to 3, got 4$"):
        data.load_state(data.state() | {"used": 4})


def test_training_meets_no_test_sequence():
    assert not as_set(inputs(TrainingData(JOB, 0), 100)) & as_set(draw_test_set(JOB, 0).inputs)


def test_a_test_set_has_the_size_that_is_asked_for():
    assert len(draw_test_set(replace(JOB, test_sequences=123), 0)) == 123


def test_trial_k_of_every_network_and_batch_size_has_the_same_test_set():
    other = Job(Network(TASK, GRU(), (9,)), batch_size=64, train_set=100, seed=5)
    np.testing.assert_array_equal(draw_test_set(other, 3).inputs, draw_test_set(JOB, 3).inputs)


def test_the_own_set_of_a_task_is_kept_and_not_copied():
    assert TrainingData(DIGITS, 0).set is DIGITS.task.training_set


def test_every_epoch_visits_every_sequence_of_a_tasks_own_set_once():
    data = TrainingData(replace(DIGITS, train_set=None), 0)
    assert sorted(data.draw_epoch()) == list(range(1437))


def test_of_a_tasks_own_set_as_many_sequences_are_trained_on_as_asked_for():
    first, second = (TrainingData(DIGITS, seed) for seed in (0, 1))
    epochs = [set(data.draw_epoch()) for data in (first, first, second)]
    assert len(epochs[0]) == 30
    assert epochs[0] == epochs[1] != epochs[2]


def test_a_test_set_is_taken_from_the_tasks_own_without_repetition():
    indices = draw_test_indices(DIGITS, 0)
    assert len(set(indices)) == 20
    np.testing.assert_array_equal(draw_test_set(DIGITS, 0).inputs, DIGITS.task.test_set.inputs[indices])


def test_trials_have_test_sets_of_their_own():
    assert not as_set(draw_test_set(JOB, 0).inputs) & as_set(draw_test_set(JOB, 1).inputs)


GROWING = Job(Network(Growing(), LSTM(), (4,)), batch_size=8)


def test_a_task_that_takes_a_step_is_told_how_many_batches_came_before():
    data = TrainingData(GROWING, 0)
    assert [data.next_batch().inputs.shape[1] for _ in range(7)] == [2, 2, 2, 3, 3, 3, 4]


def test_a_curriculum_goes_on_where_it_was_saved():
    data, other = TrainingData(GROWING, 0), TrainingData(GROWING, 0)
    for _ in range(5):
        data.next_batch()
    other.load_state(data.state())
    for _ in range(4):
        np.testing.assert_array_equal(data.next_batch().inputs, other.next_batch().inputs)
