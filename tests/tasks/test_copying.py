import numpy as np
import pytest

from seqmem.records.chance import measure_chance
from seqmem.tasks import Copying
from seqmem.training.outcome import Sample, format_samples
from tests.tasks.samples import are_uniform


def read(task: Copying, sequences) -> list[tuple[str, str]]:
    return [
        (task.format_input(inputs), task.format_answer(targets))
        for inputs, targets in zip(sequences.inputs, sequences.targets, strict=True)
    ]


@pytest.mark.parametrize(("T", "num_symbols", "num_copied"), [(100, 8, 10), (1, 2, 1), (4, 3, 3)])
def test_the_oracle_gets_zero_wrong(T, num_symbols, num_copied, rng):  # noqa: N803
    task = Copying(T, num_symbols, num_copied)
    for text, answer in read(task, task.sample(rng, 500)):
        head, tail = text.split(":")
        copied = head.rstrip(".")
        assert answer == "." * (T + num_copied) + copied
        assert (len(copied), len(head), tail) == (num_copied, num_copied + T - 1, "." * num_copied)


def test_symbols_are_uniform_and_independent(rng):
    copied = Copying(5, 3, 2).sample(rng, 6000).inputs[:, :2].astype(int) - 1
    assert are_uniform(3 * copied[:, 0] + copied[:, 1], range(9))


def test_where_only_the_symbols_are_asked_for_no_blank_is(rng):
    task = Copying(4, 3, 3, "copy")
    sequences = task.sample(rng, 2)
    assert (sequences.targets[:, :-3] == -1).all()
    np.testing.assert_array_equal(sequences.targets[:, -3:], sequences.inputs[:, :3])
    outputs = np.eye(4, dtype=np.float32)[np.maximum(sequences.targets, 0)]
    (first, _) = format_samples(task, sequences, outputs)
    copied = task.format_input(sequences.inputs[0, :3])
    assert first == Sample(f"{copied}...:...", copied, copied)


def test_only_the_symbols_can_be_wrong():
    assert Copying(20, num_copied=7).target.scored == 7


@pytest.mark.parametrize("error_at", ["every", "copy"])
def test_guessing_names_all_symbols_of_a_sequence_by_chance_alone(error_at):
    assert measure_chance(Copying(3, 2, 2, error_at)) == pytest.approx(3 / 4, abs=0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"T": 0}, "T must be at least 1, got 0"),
        ({"num_symbols": 1}, "num_symbols must be at least 2, got 1"),
        ({"num_copied": 0}, "num_copied must be at least 1, got 0"),
        ({"error_at": "last"}, "error_at must be one of every, copy, got last"),
    ],
)
def test_an_impossible_argument_is_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Copying(**arguments)
