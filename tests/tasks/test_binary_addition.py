import numpy as np
import pytest

from seqmem.tasks import BinaryAddition
from tests.tasks.samples import are_uniform


def to_number(bits) -> int:
    return sum(int(bit) << position for position, bit in enumerate(bits))


def addends(inputs) -> tuple[int, int]:
    return to_number(inputs[:, 0]), to_number(inputs[:, 1])


@pytest.mark.parametrize(("min_bits", "max_bits"), [(3, 3), (1, 8), (20, 20)])
def test_the_oracle_gets_zero_wrong(min_bits, max_bits, rng):
    sequences = BinaryAddition(min_bits, max_bits).sample(rng, 1000)
    for inputs, length, target in zip(sequences.inputs, sequences.lengths, sequences.targets, strict=True):
        first, second = addends(inputs[:length])
        assert to_number(target[:length, 0]) == first + second


def test_numbers_are_uniform_and_independent(rng):
    numbers = np.array([addends(inputs) for inputs in BinaryAddition().sample(rng, 6000).inputs])
    assert are_uniform(numbers[:, 0] * 8 + numbers[:, 1], range(64))


def test_the_last_step_reads_two_zeros(rng):
    sequences = BinaryAddition(2, 6).sample(rng, 1000)
    np.testing.assert_array_equal(sequences.inputs[np.arange(1000), sequences.lengths - 1], 0)


def test_lengths_are_uniform_and_one_more_than_the_bits(rng):
    assert are_uniform(BinaryAddition(3, 8).sample(rng, 20_000).lengths, range(4, 10))


def test_inputs_and_sums_beyond_the_length_are_zero(rng):
    sequences = BinaryAddition(1, 6).sample(rng, 500)
    beyond = np.arange(7) >= sequences.lengths[:, None]
    assert not sequences.inputs[beyond].any()
    assert not sequences.targets[beyond].any()


@pytest.mark.parametrize(
    ("first", "second", "sum_bits", "read"),
    [
        (3, 6, [1, 0, 0, 1], "1,0 1,1 0,1 0,0"),
        (1, 1, [0, 1, 0, 0], "1,1 0,0 0,0 0,0"),
    ],
)
def test_the_worked_examples_can_be_drawn(first, second, sum_bits, read, rng):
    task = BinaryAddition(3)
    sequences = task.sample(rng, 2000)
    found = [row for row, inputs in enumerate(sequences.inputs) if addends(inputs) == (first, second)]
    assert found
    for row in found:
        assert task.format_input(sequences.inputs[row]) == read
        assert task.format_answer(sequences.targets[row]) == " ".join(map(str, sum_bits))


def test_an_answer_is_one_bit_at_every_step():
    target = BinaryAddition().target
    assert (target.kind, target.size, target.every_step, target.scored) == ("bits", 1, True, "all")


def test_the_criterion_asks_for_2000_sequences():
    assert BinaryAddition().criterion.sequences == 2000


@pytest.mark.parametrize("min_bits", [0, 4])
def test_an_impossible_range_of_bits_is_refused(min_bits):
    with pytest.raises(ValueError, match=rf"^min_bits must be from 1 to max_bits=3, got {min_bits}$"):
        BinaryAddition(min_bits=min_bits, max_bits=3)


def test_further_tests_are_of_numbers_of_as_many_bits_as_asked_for(rng):
    tests = BinaryAddition(3, 8, test_bits=[20, 200]).further_tests()
    assert list(tests) == ["20 bits", "200 bits"]
    for bits, test in zip((20, 200), tests.values(), strict=True):
        assert set(test.task.sample_set(rng, 50).lengths) == {bits + 1}
        assert not test.closed_loop


def test_there_are_no_further_tests_unless_asked_for():
    assert BinaryAddition().further_tests() == {}


@pytest.mark.parametrize(
    ("test_bits", "message"),
    [
        (20, "a list, got 20"),
        ("20", "a list, got 20"),
        ([20, 0], "at least 1, got 0"),
        ([2.5], "a whole number, got 2.5"),
        ([True], "a whole number, got true"),
    ],
)
def test_a_test_of_no_number_of_bits_is_refused(test_bits, message):
    with pytest.raises(ValueError, match=rf"^test_bits must be {message}$"):
        BinaryAddition(test_bits=test_bits)
