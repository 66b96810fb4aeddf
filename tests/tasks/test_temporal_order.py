import numpy as np
import pytest

from seqmem.tasks import TemporalOrder
from tests.tasks.samples import are_uniform

PLACES = {2: [(10, 20), (50, 60)], 3: [(10, 20), (33, 43), (66, 76)]}


def read(task: TemporalOrder, n: int, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Sequences and answers, as words."""
    sequences = task.sample(rng, n)
    pairs = zip(sequences.inputs, sequences.lengths, strict=True)
    words = [task.format_input(symbols[:length]) for symbols, length in pairs]
    return words, [task.format_answer(target) for target in sequences.targets]


def answer(word: str) -> str:
    """All relevant symbols, in order."""
    return "".join(letter for letter in word if letter in "XY")


@pytest.fixture(params=[2, 3])
def num_symbols(request) -> int:
    return request.param


@pytest.mark.parametrize("padding", ["left", "right", "none"])
def test_the_oracle_gets_zero_wrong(num_symbols, padding, rng):
    words, answers = read(TemporalOrder(num_symbols, padding), 2000, rng)
    assert [answer(word) for word in words] == answers


def test_a_sequence_starts_with_e_ends_with_b_and_has_distractors_between(num_symbols, rng):
    words, _ = read(TemporalOrder(num_symbols, "none"), 500, rng)
    for word in words:
        assert (word[0], word[-1]) == ("E", "B")
        assert set(word[1:-1]) <= set("abcdXY")


def test_relevant_symbols_stand_at_their_positions(num_symbols, rng):
    words, _ = read(TemporalOrder(num_symbols, "none"), 500, rng)
    for word in words:
        positions = [position for position, letter in enumerate(word, start=1) if letter in "XY"]
        assert len(positions) == num_symbols
        for position, (first, last) in zip(positions, PLACES[num_symbols], strict=True):
            assert first <= position <= last


def test_positions_are_uniform_over_their_ranges(num_symbols, rng):
    words, _ = read(TemporalOrder(num_symbols, "none"), 10_000, rng)
    positions = np.array(
        [[position for position, letter in enumerate(word, start=1) if letter in "XY"] for word in words]
    )
    for column, (first, last) in zip(positions.T, PLACES[num_symbols], strict=True):
        assert are_uniform(column, range(first, last + 1))


def test_classes_are_balanced(num_symbols, rng):
    task = TemporalOrder(num_symbols)
    assert are_uniform(task.sample(rng, 20_000).targets, range(2**num_symbols))


def test_lengths_are_uniform_from_100_to_110(rng):
    assert are_uniform(TemporalOrder(padding="none").sample(rng, 20_000).lengths, range(100, 111))


def test_distractors_are_uniform(rng):
    words, _ = read(TemporalOrder(padding="none"), 500, rng)
    letters = np.array([["abcd".index(letter) for letter in word if letter in "abcd"][:50] for word in words])
    assert are_uniform(letters, range(4))


def test_left_padding_fills_up_with_e_to_110_steps(rng):
    task = TemporalOrder(padding="left")
    np.testing.assert_array_equal(task.sample(rng, 500).lengths, 110)
    words, _ = read(task, 500, rng)
    starts = [len(word) - len(word.lstrip("E")) for word in words]
    assert all(word.endswith("B") and "E" not in word.lstrip("E") for word in words)
    assert set(starts) == set(range(1, 12))


def test_right_padding_fills_up_with_e_to_110_steps(rng):
    task = TemporalOrder(padding="right")
    np.testing.assert_array_equal(task.sample(rng, 500).lengths, 110)
    words, _ = read(task, 500, rng)
    assert {len(word.rstrip("E")) for word in words} == set(range(100, 111))
    assert all(word.startswith("E") and word.rstrip("E").endswith("B") for word in words)


@pytest.mark.parametrize("padding", ["left", "right", "none"])
def test_symbols_at_the_start_or_the_end_stand_one_behind_the_other(num_symbols, padding, rng):
    for places in ("start", "end"):
        words, answers = read(TemporalOrder(num_symbols, padding, places), 200, rng)
        for word, order in zip(words, answers, strict=True):
            assert word.strip("E").startswith(order) if places == "start" else word.rstrip("E").endswith(order + "B")
            assert answer(word) == order


def test_numbers_that_name_steps_name_the_second_for_the_class_and_else_the_first(num_symbols):
    classes = TemporalOrder(num_symbols).sample(np.random.default_rng(1), 50)
    task = TemporalOrder(num_symbols, answer="steps")
    steps = task.sample(np.random.default_rng(1), 50)
    np.testing.assert_array_equal(steps.inputs, classes.inputs)
    np.testing.assert_array_equal(steps.targets, np.eye(2**num_symbols)[classes.targets])
    assert task.format_answer(np.array([0, 1, 0, 0])) == "0 1 0 0"


@pytest.mark.parametrize(("word", "order"), [("EbaXdcXaabYdB", "XXY"), ("EcYabYdcbaXaB", "YYX")])
def test_the_worked_examples_read_as_they_are_written(word, order):
    task = TemporalOrder()
    symbols = np.array(["EabcdXYB".index(letter) for letter in word], np.uint8)
    assert task.format_input(symbols) == word
    assert answer(word) == order


def test_classes_read_as_orders():
    task = TemporalOrder(3)
    orders = [task.format_answer(np.int64(target)) for target in range(8)]
    assert orders == ["XXX", "XXY", "XYX", "XYY", "YXX", "YXY", "YYX", "YYY"]


def test_the_rules_are_those_of_the_1997_paper():
    task = TemporalOrder()
    criterion = task.criterion
    assert (criterion.sequences, criterion.tolerance, criterion.mean_error) == (2000, 0.3, 0.1)
    assert task.strict_tolerance == 0.3


def test_another_number_of_symbols_is_refused():
    with pytest.raises(ValueError, match=r"^num_symbols must be one of 2, 3, got 4$"):
        TemporalOrder(num_symbols=4)


def test_an_unknown_padding_is_refused():
    with pytest.raises(ValueError, match=r"^padding must be one of left, right, none, got both$"):
        TemporalOrder(padding="both")
