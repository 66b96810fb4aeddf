import numpy as np
import pytest

from seqmem.records.chance import measure_chance
from seqmem.tasks import Adding
from tests.tasks.samples import are_uniform


@pytest.mark.parametrize("places", ["halves", "anywhere"])
@pytest.mark.parametrize("T", [2, 7, 100])
def test_the_oracle_gets_zero_wrong(T, places, rng):  # noqa: N803
    sequences = Adding(T, places).sample(rng, 1000)
    for inputs, length, target in zip(sequences.inputs, sequences.lengths, sequences.targets, strict=True):
        marked = [number for number, mark in inputs[:length].tolist() if mark == 1]
        assert len(marked) == 2
        assert target.tolist() == [pytest.approx(sum(marked))]


def test_each_half_has_one_mark_at_a_uniform_place(rng):
    marks = Adding(21).sample(rng, 6000).inputs[..., 1]
    assert are_uniform(marks[:, :10].argmax(1), range(10))
    assert are_uniform(marks[:, 10:].argmax(1), range(11))
    assert (marks.sum(1) == 2).all()


def test_two_marks_anywhere_stand_at_a_uniform_pair_of_places(rng):
    marks = Adding(5, "anywhere").sample(rng, 6000).inputs[..., 1]
    pairs = [tuple(np.flatnonzero(row)) for row in marks]
    assert are_uniform([5 * a + b for a, b in pairs], [5 * a + b for a in range(5) for b in range(a + 1, 5)])


def test_answering_one_has_a_squared_error_of_a_sixth(rng):
    assert np.square(Adding().sample(rng, 20_000).targets - 1).mean() == pytest.approx(1 / 6, abs=0.005)


def test_guessing_is_right_as_often_as_the_triangle_of_sums_says():
    assert measure_chance(Adding()) == pytest.approx(1 - (0.08 - 0.04**2), abs=0.01)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"T": 1}, "T must be at least 2, got 1"),
        ({"places": "ends"}, "places must be one of halves, anywhere, got ends"),
        ({"tolerance": 0.0}, "tolerance must be a finite number above 0, got 0.0"),
    ],
)
def test_an_impossible_argument_is_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Adding(**arguments)
