"""One word, letter by letter, answered by another."""

from __future__ import annotations

import numpy as np

from seqmem.tasks.task import Criterion, Sequences, Target, Task


class Echo(Task):
    """Answer each letter of a word with the letter at the same position of another word.

    There is one sequence only; the task is solved when all its letters are right.

    Example:
        hello   -> ohlol

    Args:
        word: What is read.
        answer: What is answered, as many letters, all of which occur in `word`.
    Raises:
        ValueError: if the words do not fit each other.
    """

    criterion = Criterion(sequences=1)

    def __init__(self, word: str = "hello", answer: str = "ohlol") -> None:
        if not word:
            raise ValueError("word must have at least one letter, got ''")
        if len(answer) != len(word):
            raise ValueError(f"answer must have {len(word)} letters like word={word}, got {answer}")
        if unknown := sorted(set(answer) - set(word)):
            raise ValueError(f"answer must use letters of word={word}, got {', '.join(unknown)}")
        self.letters = "".join(dict.fromkeys(sorted(word)))
        self.word = np.array([[self.letters.index(letter) for letter in word]])
        self.answer = np.array([[self.letters.index(letter) for letter in answer]])
        self.input_size = len(self.letters)
        self.max_length = len(word)
        self.target = Target("class", len(self.letters), every_step=True)

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        return Sequences(
            np.repeat(self.word.astype(self.symbol_dtype), n, axis=0),
            np.full(n, self.max_length),
            np.repeat(self.answer, n, axis=0),
        )
