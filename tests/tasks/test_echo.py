import numpy as np
import pytest

from seqmem.tasks import Echo


def test_every_sequence_reads_as_the_word_and_asks_for_the_answer(rng):
    task = Echo()
    sequences = task.sample(rng, 5)
    assert {task.format_input(inputs) for inputs in sequences.inputs} == {"hello"}
    assert {task.format_answer(target) for target in sequences.targets} == {"ohlol"}


def test_the_oracle_gets_zero_wrong(rng):
    symbols = {letter: symbol for symbol, letter in enumerate("ehlo")}
    sequences = Echo().sample(rng, 5)
    np.testing.assert_array_equal(sequences.inputs, [[symbols[letter] for letter in "hello"]] * 5)
    np.testing.assert_array_equal(sequences.targets, [[symbols[letter] for letter in "ohlol"]] * 5)


def test_the_alphabet_is_the_words_letters():
    task = Echo()
    assert task.letters == "ehlo"
    assert task.input_size == task.target.size == 4


def test_a_users_own_words_are_echoed(rng):
    task = Echo("abba", "baab")
    sequences = task.sample(rng, 1)
    assert task.format_input(sequences.inputs[0]) == "abba"
    assert task.format_answer(sequences.targets[0]) == "baab"


def test_the_criterion_is_one_sequence_all_right():
    assert Echo().criterion.sequences == 1


def test_an_empty_word_is_refused():
    with pytest.raises(ValueError, match=r"^word must have at least one letter, got ''$"):
        Echo("", "")


def test_an_answer_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"^answer must have 5 letters like word=hello, got ohlo$"):
        Echo("hello", "ohlo")


def test_an_answer_with_letters_that_the_word_lacks_is_refused():
    with pytest.raises(ValueError, match=r"^answer must use letters of word=hello, got x, y$"):
        Echo("hello", "ohlxy")
