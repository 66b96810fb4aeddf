import numpy as np
import pytest

from seqmem.tasks import Recall
from tests.tasks.samples import are_uniform


@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize("draw", ["sample", "sample_set"])
def test_the_oracle_gets_zero_wrong(index, draw, rng):
    sequences = getattr(Recall(index=index), draw)(rng, 2000)
    answers = [list(symbols)[index] for symbols in sequences.inputs]
    assert np.count_nonzero(answers != sequences.targets) == 0


def test_one_length_a_batch_is_shared_by_all_its_sequences(rng):
    task = Recall(one_length="batch")
    assert all(len(set(task.sample(rng, 16).lengths)) == 1 for _ in range(20))


def test_lengths_of_batches_are_uniform(rng):
    task = Recall(one_length="batch")
    assert are_uniform([task.sample(rng, 1).lengths[0] for _ in range(5000)], range(3, 10))


def test_lengths_of_sequences_are_uniform(rng):
    assert are_uniform(Recall(one_length="sequence").sample(rng, 20_000).lengths, range(3, 10))


@pytest.mark.parametrize("one_length", ["batch", "sequence"])
def test_a_set_has_a_length_for_each_sequence(one_length, rng):
    assert are_uniform(Recall(one_length=one_length).sample_set(rng, 20_000).lengths, range(3, 10))


def test_symbols_are_uniform_at_every_position(rng):
    inputs = Recall().sample(rng, 20_000).inputs
    assert all(are_uniform(column, range(9)) for column in inputs.T)


def test_the_symbol_to_recall_is_independent_of_its_neighbours(rng):
    inputs = Recall(num_symbols=3).sample(rng, 20_000).inputs.astype(int)
    assert are_uniform(inputs[:, 0] * 9 + inputs[:, 1] * 3 + inputs[:, 2], range(27))


def test_the_alphabet_is_one_wider_than_the_symbols_by_default():
    task = Recall()
    assert task.input_size == task.target.size == 10


@pytest.mark.parametrize(("symbols", "target"), [([4, 7, 0, 2], 7), ([8, 1, 1], 1)])
def test_the_worked_examples_can_be_drawn(symbols, target, rng):
    sequences = Recall(min_length=len(symbols), max_length=len(symbols)).sample(rng, 50_000)
    found = (sequences.inputs == symbols).all(axis=1)
    assert found.any()
    np.testing.assert_array_equal(sequences.targets[found], target)


def test_the_criterion_asks_for_2000_sequences():
    assert Recall().criterion.sequences == 2000


def test_too_few_symbols_are_refused():
    with pytest.raises(ValueError, match=r"^num_symbols must be at least 2, got 1$"):
        Recall(num_symbols=1)


def test_an_alphabet_narrower_than_the_symbols_is_refused():
    with pytest.raises(ValueError, match=r"^alphabet_size must be at least num_symbols=9, got 8$"):
        Recall(alphabet_size=8)


@pytest.mark.parametrize("min_length", [0, 10])
def test_an_impossible_range_of_lengths_is_refused(min_length):
    with pytest.raises(ValueError, match=rf"^min_length must be from 1 to max_length=9, got {min_length}$"):
        Recall(min_length=min_length)


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_that_the_shortest_sequence_lacks_is_refused(index):
    with pytest.raises(ValueError, match=rf"^index must be from 0 to min_length - 1 = 2, got {index}$"):
        Recall(index=index)


def test_an_unknown_sharing_of_lengths_is_refused():
    with pytest.raises(ValueError, match=r"^one_length must be one of batch, sequence, got epoch$"):
        Recall(one_length="epoch")
