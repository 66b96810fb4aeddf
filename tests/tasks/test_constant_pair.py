import numpy as np
import pytest

from seqmem.tasks import ConstantPair


@pytest.mark.parametrize("n", [2, 4])
def test_every_set_of_two_has_both_sequences(n, rng):
    task = ConstantPair()
    sequences = task.sample(rng, n)
    assert [task.format_input(inputs) for inputs in sequences.inputs] == ["0 0", "1 1"] * (n // 2)
    assert [task.format_answer(target) for target in sequences.targets] == ["0", "1"] * (n // 2)


def test_the_oracle_gets_zero_wrong(rng):
    sequences = ConstantPair().sample_set(rng, 10)
    np.testing.assert_array_equal(sequences.inputs.mean(axis=1), sequences.targets)
    np.testing.assert_array_equal(sequences.inputs.std(axis=1), 0)
    assert sequences.inputs.shape == (10, 2, 1)
    assert set(sequences.lengths) == {2}


def test_both_sequences_are_all_that_there_are_to_train_and_to_test_on():
    task = ConstantPair()
    for own in (task.training_set, task.test_set):
        assert own.targets.tolist() == [[0], [1]]


def test_it_uses_no_randomness(rng):
    before = rng.bit_generator.state
    ConstantPair().sample(rng, 2)
    assert rng.bit_generator.state == before


def test_an_answer_is_right_within_a_twentieth():
    assert ConstantPair().target.tolerance == 0.05


def test_the_criterion_is_both_sequences_right():
    assert ConstantPair().criterion.sequences == 2


@pytest.mark.parametrize("tolerance", [0, -1, float("nan")])
def test_a_tolerance_that_is_not_positive_is_refused(tolerance):
    with pytest.raises(ValueError, match=rf"^tolerance must be a finite number above 0, got {float(tolerance)}$"):
        ConstantPair(tolerance)
