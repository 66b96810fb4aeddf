"""A few symbols, to be named in their order after a long wait."""

from __future__ import annotations

import string
from typing import Literal

import numpy as np

from seqmem.tasks.task import Criterion, Sequences, Target, Task, draw_integers

BLANK, FIRST = 0, 1


class Copying(Task):
    """Name ten symbols in their order, T steps after the last of them.

    A sequence has T + 20 steps: ten symbols of eight, T - 1 blanks, a delimiter, and ten blanks at
    which the symbols are to be named. Until then the answer is a blank, which is why the mean
    loss says little: who remembers nothing, but knows when to name symbols, comes to
    10 ln 8 / (T + 20), .173 at T = 100. A sequence is right when all ten symbols are; the error by
    symbol is counted as well (`answer_error`).

    Example (T=4, with three symbols; . is the blank, : the delimiter):
        cab...:...   -> .......cab
        bba...:...   -> .......bba

    Source: Hochreiter & Schmidhuber's noiseless copying in the form of Arjovsky, Shah & Bengio,
    "Unitary evolution recurrent neural networks", arXiv 1511.06464, 2016.

    Args:
        T: Steps from the last symbol to the delimiter.
        num_symbols: How many different symbols.
        num_copied: How many symbols are to be named.
        error_at: Where the error signal occurs: at `every` step, or only where the symbols are
            to be named (`copy`).
    Raises:
        ValueError: if T or num_copied is below 1, or num_symbols below 2.
    """

    criterion = Criterion(sequences=2000)

    def __init__(
        self,
        T: int = 100,  # noqa: N803
        num_symbols: int = 8,
        num_copied: int = 10,
        error_at: Literal["every", "copy"] = "every",
    ) -> None:
        for name, number, least in (("T", T, 1), ("num_symbols", num_symbols, 2), ("num_copied", num_copied, 1)):
            if number < least:
                raise ValueError(f"{name} must be at least {least}, got {number}")
        self.T = T
        self.num_symbols = num_symbols
        self.num_copied = num_copied
        self.error_at = error_at
        self.input_size = num_symbols + 2
        self.max_length = T + 2 * num_copied
        self.target = Target("class", num_symbols + 1, every_step=True, scored=num_copied)
        if num_symbols <= len(string.ascii_letters):
            self.letters = f".{string.ascii_letters[:num_symbols]}:"

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        copied = draw_integers(rng, FIRST, FIRST + self.num_symbols, (n, self.num_copied))
        inputs = np.full((n, self.max_length), BLANK, self.symbol_dtype)
        inputs[:, : self.num_copied] = copied
        inputs[:, self.num_copied + self.T - 1] = self.input_size - 1  # the delimiter
        targets = np.full((n, self.max_length), BLANK if self.error_at == "every" else -1)
        targets[:, -self.num_copied :] = copied
        return Sequences(inputs, np.full(n, self.max_length), targets)
