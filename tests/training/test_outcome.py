import numpy as np

from seqmem.tasks import BinaryAddition, Echo, Recall, Sequences
from seqmem.training.outcome import Sample, format_samples
from tests.engines.reference.own import Adding


def outputs_for(answers: np.ndarray, size: int) -> np.ndarray:
    """Outputs whose largest class is the answer."""
    return np.eye(size, dtype=np.float32)[answers] * 0.6 + 0.01


def test_a_class_at_the_end_reads_as_its_number():
    sequences = Sequences(np.array([[4, 7, 0, 2, 9], [8, 1, 1, 9, 9]]), np.array([4, 3]), np.array([7, 1]))
    samples = format_samples(Recall(), sequences, outputs_for(np.array([7, 8]), 10))
    assert samples == [Sample("4 7 0 2", "7", "7"), Sample("8 1 1", "1", "8")]


def test_classes_at_every_step_read_as_letters(rng):
    task = Echo("hello", "ohlol")
    sequences = task.sample(rng, 1)
    answer = np.array([[task.letters.index(letter) for letter in "ohool"]])
    assert format_samples(task, sequences, outputs_for(answer, 4)) == [Sample("hello", "ohlol", "ohool")]


def test_steps_beyond_the_length_are_left_out():
    task = Echo("hello", "ohlol")
    symbols = np.array([[1, 0, 2, 0, 0]])
    sequences = Sequences(symbols, np.array([3]), symbols)
    assert format_samples(task, sequences, outputs_for(symbols, 4)) == [Sample("hel", "hel", "hel")]


def test_bits_are_read_above_one_half():
    task = BinaryAddition(2, 2)
    bits = np.array([[[1], [1], [0]]], np.float32)
    sequences = Sequences(np.zeros((1, 3, 2), np.float32), np.array([3]), bits)
    outputs = np.array([[[0.9], [0.5], [0.4]]], np.float32)
    (sample,) = format_samples(task, sequences, outputs)
    assert (sample.target, sample.prediction) == ("1 1 0", "1 0 0")


def test_numbers_are_read_as_they_are():
    inputs = np.array([[[0.5, 1], [0.25, 1]]], np.float32)
    sequences = Sequences(inputs, np.array([2]), np.array([[0.75]], np.float32))
    assert format_samples(Adding(), sequences, np.array([[0.5]], np.float32)) == [Sample("0.5,1 0.25,1", "0.75", "0.5")]


def test_only_answers_that_are_asked_for_are_told():
    task = Echo("hello", "ohlol")
    symbols = np.array([[1, 0, 2, 0, 0]])
    sequences = Sequences(symbols, np.array([5]), np.array([[-1, 0, -1, 2, 0]]))
    assert format_samples(task, sequences, outputs_for(symbols, 4)) == [Sample("helee", "ele", "eee")]
