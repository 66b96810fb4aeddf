import numpy as np
import pytest

from seqmem.tasks import LongLag
from tests.tasks.samples import are_uniform


def answer(symbols) -> int:
    """The symbol that came first."""
    return int(symbols[0])


@pytest.mark.parametrize("distractors", ["sorted", "fixed", "random"])
def test_the_oracle_gets_zero_wrong(distractors, rng):
    sequences = LongLag(p=100, distractors=distractors).sample(rng, 3000)
    answers = [answer(symbols) for symbols in sequences.inputs]
    assert np.count_nonzero(answers != sequences.targets) == 0


def test_every_sequence_is_read_for_p_steps(rng):
    sequences = LongLag(p=100).sample(rng, 20)
    assert sequences.inputs.shape == (20, 100)
    np.testing.assert_array_equal(sequences.lengths, 100)


def test_the_last_of_the_p_plus_one_symbols_is_not_read(rng):
    inputs = LongLag(p=5).sample(rng, 1000).inputs
    assert inputs[:, 1:].max() == 3


def test_the_first_symbol_is_x_or_y_at_equal_chance(rng):
    assert are_uniform(LongLag(p=100).sample(rng, 20_000).inputs[:, 0], (99, 100))


def test_sorted_distractors_never_fall(rng):
    distractors = LongLag(p=100).sample(rng, 1000).inputs[:, 1:].astype(int)
    assert (np.diff(distractors) >= 0).all()
    assert distractors.max() == 98


def test_the_first_sorted_distractor_is_uniform_over_all(rng):
    assert are_uniform(LongLag(p=20).sample(rng, 20_000).inputs[:, 1], range(19))


@pytest.mark.parametrize("before", [0, 7, 17])
def test_a_sorted_distractor_is_uniform_from_the_one_before_it(before, rng):
    inputs = LongLag(p=20).sample(rng, 20_000).inputs
    assert are_uniform(inputs[inputs[:, 1] == before, 2], range(before, 19))


def test_sorted_distractors_do_not_tell_x_from_y(rng):
    inputs = LongLag(p=20).sample(rng, 20_000).inputs
    assert are_uniform(inputs[inputs[:, 1] < 5, 0], (19, 20))


def test_fixed_distractors_count_up_from_zero(rng):
    inputs = LongLag(p=6, distractors="fixed").sample(rng, 10).inputs
    np.testing.assert_array_equal(inputs[:, 1:], np.tile(np.arange(5), (10, 1)))


def test_fixed_distractors_leave_two_sequences_only(rng):
    assert len(np.unique(LongLag(p=6, distractors="fixed").sample(rng, 100).inputs, axis=0)) == 2


@pytest.mark.parametrize("position", [1, 10, 19])
def test_random_distractors_are_uniform_over_all_at_every_position(position, rng):
    assert are_uniform(LongLag(p=20, distractors="random").sample(rng, 20_000).inputs[:, position], range(19))


def test_random_distractors_are_independent_of_each_other(rng):
    inputs = LongLag(p=4, distractors="random").sample(rng, 20_000).inputs.astype(int)
    assert are_uniform(inputs[:, 1] * 9 + inputs[:, 2] * 3 + inputs[:, 3], range(27))


def test_an_error_at_every_step_asks_for_the_next_symbol(rng):
    sequences = LongLag(p=7, error_at="every").sample(rng, 50)
    np.testing.assert_array_equal(sequences.targets[:, :-1], sequences.inputs[:, 1:])
    np.testing.assert_array_equal(sequences.targets[:, -1], sequences.inputs[:, 0])


def test_only_the_last_step_can_be_wrong():
    target = LongLag(error_at="every").target
    assert target.every_step
    assert target.scored == "last"


def test_an_error_at_the_last_step_asks_for_one_class():
    assert not LongLag(error_at="last").target.every_step


def test_inputs_do_not_depend_on_where_the_error_is():
    last, every = (LongLag(p=9, error_at=where).sample(np.random.default_rng(1), 30) for where in ("last", "every"))
    np.testing.assert_array_equal(last.inputs, every.inputs)


def test_the_alphabet_is_as_wide_as_sequences_are_long():
    task = LongLag(p=100)
    assert task.input_size == task.target.size == 101


def test_the_criterion_is_that_of_the_1997_paper():
    criterion = LongLag().criterion
    assert (criterion.sequences, criterion.tolerance, criterion.mean_error) == (10_000, 0.25, None)


@pytest.mark.parametrize(("symbols", "last"), [([4, 0, 1, 1, 3], 4), ([5, 2, 2, 2, 3], 5)])
def test_the_worked_examples_can_be_drawn(symbols, last, rng):
    sequences = LongLag(p=5).sample(rng, 20_000)
    found = (sequences.inputs == symbols).all(axis=1)
    assert found.any()
    np.testing.assert_array_equal(sequences.targets[found], last)


def test_the_shortest_lag_has_one_distractor(rng):
    sequences = LongLag(p=2).sample(rng, 100)
    np.testing.assert_array_equal(sequences.inputs[:, 1], 0)
    assert set(sequences.targets) == {1, 2}


def test_a_sequence_reads_as_numbers(rng):
    assert LongLag(p=5).format_input(np.array([4, 0, 1, 1, 3], np.uint8)) == "4 0 1 1 3"


def test_a_lag_below_two_is_refused():
    with pytest.raises(ValueError, match=r"^p must be at least 2, got 1$"):
        LongLag(p=1)


def test_unknown_distractors_are_refused():
    with pytest.raises(ValueError, match=r"^distractors must be one of sorted, fixed, random, got shuffled$"):
        LongLag(distractors="shuffled")


def test_an_unknown_error_at_is_refused():
    with pytest.raises(ValueError, match=r"^error_at must be one of last, every, got first$"):
        LongLag(error_at="first")


@pytest.mark.parametrize(("closed_loop", "tests"), [(False, []), (True, ["closed loop"])])
def test_the_closed_loop_is_a_further_test_of_the_same_sequences(closed_loop, tests):
    task = LongLag(closed_loop=closed_loop)
    assert list(task.further_tests()) == tests
    assert all(test.closed_loop and test.task is task for test in task.further_tests().values())


@pytest.mark.parametrize(("n", "xs"), [(2000, 1000), (7, 4)])
def test_exactly_half_of_a_set_begins_with_x_if_that_is_asked_for(n, xs, rng):
    sequences = LongLag(p=20, halves=True).sample_set(rng, n)
    assert np.count_nonzero(sequences.inputs[:, 0] == 19) == xs
    np.testing.assert_array_equal(sequences.inputs[:, 0], sequences.targets)


def test_batches_and_other_sets_are_drawn_by_chance():
    drawn = [
        sample(np.random.default_rng(3), 50).inputs
        for sample in (LongLag(halves=True).sample, LongLag().sample, LongLag().sample_set)
    ]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    np.testing.assert_array_equal(drawn[0], drawn[2])
