import numpy as np
import pytest

from seqmem import tasks
from seqmem.records.chance import guess_error, measure_chance
from seqmem.tasks.task import Sequences, Target


class Made(tasks.Task):
    """A task whose test set is what it was handed."""

    input_size, max_length = 2, 3

    def __init__(self, target, targets, lengths=(3, 3, 3, 2)):
        self.target = target
        self.test_set = Sequences(np.zeros((4, 3), np.int64), np.array(lengths), np.array(targets))

    def sample(self, rng, n):
        raise AssertionError


def config(name, **arguments):
    return {"task": {"_target_": f"seqmem.tasks.{name}", "name": "task", **arguments}}


def test_a_guess_names_the_commonest_class():
    assert measure_chance(Made(Target("class", 3), [2, 1, 2, 0])) == 0.5


def test_a_guess_names_the_commonest_bits_as_a_whole():
    assert measure_chance(Made(Target("bits", 2), [[1, 0], [1, 0], [0, 0], [0, 1]])) == 0.5


def test_a_guess_at_every_step_is_the_commonest_there_and_what_is_padded_counts_for_nothing():
    targets = [[0, 1, 1], [0, 1, 1], [0, 1, 0], [0, 1, 7]]
    assert measure_chance(Made(Target("class", 8, every_step=True), targets)) == 0.25


def test_a_guess_of_a_number_is_the_median_and_right_within_the_tolerance():
    targets = [[0.4], [0.5], [0.6], [0.9]]
    assert measure_chance(Made(Target("real", 1, tolerance=0.06), targets)) == 0.5


@pytest.mark.parametrize(
    ("found", "chance"),
    [
        (config("TemporalOrder"), 7 / 8),
        (config("TemporalOrder", num_symbols=2), 3 / 4),
        (config("Recall", index=2), 8 / 9),
        (config("LongLag", p=50), 1 / 2),
    ],
)
def test_chance_is_that_of_the_task_in_a_config(found, chance):
    assert guess_error(found) == pytest.approx(chance, abs=0.01)


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"task": "recall"},
        {"task": {"_target_": "os.system", "command": "true"}},
        {"task": {"_target_": "seqmem.tasks.Criterion", "sequences": 1}},
        {"task": {"_target_": "seqmem.tasks.draw_integers"}},
        config("Recall", index=-1),
        config("Recall", nothing=1),
        config("RowMNIST", folder="nowhere", download=True),
        config("Echo"),
        config("Recall", max_length=10**9),
    ],
)
def test_chance_is_not_known_of_what_is_foreign_or_cannot_be_built_or_has_one_answer(found):
    assert guess_error(found) is None
