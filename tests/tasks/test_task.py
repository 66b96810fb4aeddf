import numpy as np
import pytest

from seqmem.tasks import (
    BinaryAddition,
    Echo,
    LongLag,
    Recall,
    RowDigits,
    Sequences,
    Target,
    Task,
    TemporalOrder,
    draw_integers,
)
from tests.tasks.samples import are_uniform

TASKS = {
    "long_lag": LongLag(),
    "long_lag_small": LongLag(p=5),
    "long_lag_fixed": LongLag(p=12, distractors="fixed"),
    "long_lag_random": LongLag(p=300, distractors="random"),
    "long_lag_every": LongLag(p=12, error_at="every"),
    "temporal_order": TemporalOrder(),
    "temporal_order_2": TemporalOrder(num_symbols=2, padding="none"),
    "recall": Recall(),
    "recall_sequence": Recall(index=0, one_length="sequence"),
    "binary_addition": BinaryAddition(),
    "binary_addition_range": BinaryAddition(min_bits=3, max_bits=8),
    "echo": Echo(),
    "row_digits": RowDigits(),
}


class CountingGenerator(np.random.Generator):
    """Counts how often it is asked."""

    calls = 0

    def random(self, *args, **kwargs):
        self.calls += 1
        return super().random(*args, **kwargs)


class LargestGenerator(np.random.Generator):
    """Always draws the largest double below 1."""

    def random(self, size=None, *args, **kwargs):
        return np.full(size, np.nextafter(1.0, 0.0))


@pytest.fixture(params=TASKS)
def task(request) -> Task:
    return TASKS[request.param]


def test_shapes_are_those_that_the_task_declares(task, rng):
    sequences = task.sample(rng, 7)
    features = () if task.symbols else (task.input_size,)
    steps = (task.max_length,) if task.target.every_step else ()
    values = () if task.target.kind == "class" else (task.target.size,)
    assert sequences.inputs.shape == (7, task.max_length, *features)
    assert sequences.lengths.shape == (7,)
    assert sequences.targets.shape == (7, *steps, *values)


def test_symbols_come_in_the_smallest_unsigned_type_and_features_as_float32(task, rng):
    small = np.uint8 if task.input_size <= 256 else np.uint16
    assert task.sample(rng, 3).inputs.dtype == (small if task.symbols else np.float32)


def test_classes_are_int64_and_bits_float32(task, rng):
    assert task.sample(rng, 3).targets.dtype == (np.int64 if task.target.kind == "class" else np.float32)


def test_symbols_and_classes_stay_within_their_sizes(task, rng):
    sequences = task.sample(rng, 500)
    if task.symbols:
        assert sequences.inputs.max() < task.input_size
    assert sequences.targets.min() >= 0
    assert sequences.targets.max() < (task.target.size if task.target.kind == "class" else 2)


def test_lengths_lie_between_one_and_the_longest(task, rng):
    lengths = task.sample_set(rng, 500).lengths
    assert lengths.min() >= 1
    assert lengths.max() == task.max_length


@pytest.mark.parametrize("draw", ["sample", "sample_set"])
def test_the_same_generator_draws_the_same_sequences(task, draw):
    first, second = (getattr(task, draw)(np.random.default_rng(3), 20) for _ in range(2))
    for name in ("inputs", "lengths", "targets"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


@pytest.mark.parametrize("name", [name for name in TASKS if name != "echo"])
def test_a_generator_that_went_on_draws_other_sequences(name, rng):
    first, second = (TASKS[name].sample(rng, 50) for _ in range(2))
    assert not np.array_equal(first.inputs, second.inputs)


def test_no_randomness_but_the_generators_is_used(task, rng):
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    task.sample(rng, 5)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_drawing_more_sequences_asks_the_generator_no_more_often(task):
    few, many = (CountingGenerator(np.random.PCG64(0)) for _ in range(2))
    task.sample(few, 2)
    task.sample(many, 2000)
    assert few.calls == many.calls


def test_the_largest_double_below_one_draws_no_symbol_beyond_the_last(task):
    sequences = task.sample_set(LargestGenerator(np.random.PCG64(0)), 2)
    assert sequences.inputs.max() < (task.input_size if task.symbols else 2)
    assert sequences.lengths.max() <= task.max_length
    assert sequences.targets.max() < (task.target.size if task.target.kind == "class" else 2)


@pytest.mark.parametrize(("low", "high"), [(0, 9), (99, 101), (-3, 4), (-9, -2)])
def test_integers_are_uniform_over_their_range(low, high, rng):
    assert are_uniform(draw_integers(rng, low, high, (20_000,)), range(low, high))


def test_integers_have_the_shape_that_is_asked_for(rng):
    assert draw_integers(rng, 0, 2, (3, 4)).shape == (3, 4)


def test_integers_are_uniform_in_ranges_of_their_own(rng):
    low = np.repeat([0, 50], 10_000)
    drawn = draw_integers(rng, low, low + np.repeat([5, 3], 10_000), (20_000,))
    assert are_uniform(drawn[:10_000], range(5))
    assert are_uniform(drawn[10_000:], range(50, 53))


def test_a_slice_of_sequences_keeps_inputs_lengths_and_targets_together(rng):
    sequences = Recall(one_length="sequence").sample(rng, 10)
    part = sequences[4:6]
    assert len(part) == 2
    np.testing.assert_array_equal(part.inputs, sequences.inputs[4:6])
    np.testing.assert_array_equal(part.lengths, sequences.lengths[4:6])
    np.testing.assert_array_equal(part.targets, sequences.targets[4:6])


def test_sequences_are_picked_by_an_array_of_places(rng):
    sequences = Recall().sample(rng, 10)
    np.testing.assert_array_equal(sequences[np.array([7, 1, 7])].inputs, sequences.inputs[[7, 1, 7]])


class Readable(Task):
    """A task with nothing but a way to read it."""

    max_length = 3

    def __init__(self, kind: str, size: int, symbols: bool = True) -> None:
        self.target = Target(kind, size)
        self.symbols = symbols
        self.input_size = size

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        raise NotImplementedError


def test_features_read_as_numbers_with_commas_between():
    assert Readable("class", 2, symbols=False).format_input(np.array([[0.5, 1], [-2, 0]])) == "0.5,1 -2,0"


def test_symbols_read_as_numbers():
    assert Readable("class", 20).format_input(np.array([4, 17, 0], np.uint8)) == "4 17 0"


def test_a_class_reads_as_its_number():
    assert Readable("class", 20).format_answer(np.int64(7)) == "7"


def test_classes_at_every_step_read_one_after_the_other():
    assert Readable("class", 20).format_answer(np.array([7, 0])) == "7 0"


def test_bits_read_step_by_step():
    assert Readable("bits", 2).format_answer(np.array([[1, 0], [1, 1]], np.float32)) == "10 11"


def test_bits_at_the_end_read_as_one_word():
    assert Readable("bits", 3).format_answer(np.array([1, 0, 1], np.float32)) == "101"


def test_real_numbers_read_with_four_digits():
    assert Readable("real", 2).format_answer(np.array([0.123456, -2], np.float32)) == "0.1235 -2"
