"""Recall of the symbol at an index."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seqmem.tasks.task import Criterion, Sequences, Target, Task, draw_integers


class Recall(Task):
    """Name the symbol seen at position `index`, after the sequence ended.

    Example (index=1):
        4 7 0 2     -> 7
        8 1 1       -> 1

    Args:
        index: Position to recall, 0-based; must be below `min_length`.
        num_symbols: Symbols that sequences are made of, 0 .. num_symbols - 1.
        alphabet_size: Width of the one-hot input, at least `num_symbols`.
        min_length: Length of the shortest sequence.
        max_length: Length of the longest.
        one_length: Draw one length `batch`-wise for all sequences of a training batch, or one
            for each `sequence`. A test set always has a length for each sequence.
    Raises:
        ValueError: if no such position exists in the shortest sequence, or a size is impossible.
    """

    def __init__(
        self,
        index: int = 1,
        num_symbols: int = 9,
        alphabet_size: int = 10,
        min_length: int = 3,
        max_length: int = 9,
        one_length: Literal["batch", "sequence"] = "batch",
    ) -> None:
        if num_symbols < 2:
            raise ValueError(f"num_symbols must be at least 2, got {num_symbols}")
        if alphabet_size < num_symbols:
            raise ValueError(f"alphabet_size must be at least num_symbols={num_symbols}, got {alphabet_size}")
        if not 1 <= min_length <= max_length:
            raise ValueError(f"min_length must be from 1 to max_length={max_length}, got {min_length}")
        if not 0 <= index < min_length:
            raise ValueError(f"index must be from 0 to min_length - 1 = {min_length - 1}, got {index}")
        self.index = index
        self.num_symbols = num_symbols
        self.min_length = min_length
        self.max_length = max_length
        self.one_length = one_length
        self.input_size = alphabet_size
        self.target = Target("class", alphabet_size)
        self.criterion = Criterion(sequences=2000)

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        if self.one_length == "sequence":
            return self.sample_set(rng, n)
        return self._draw(rng, np.repeat(self._draw_lengths(rng, 1), n))

    def sample_set(self, rng: np.random.Generator, n: int) -> Sequences:
        return self._draw(rng, self._draw_lengths(rng, n))

    def telling_steps(self, inputs: NDArray[Any]) -> list[int]:
        return [self.index]

    def _draw_lengths(self, rng: np.random.Generator, n: int) -> NDArray[np.int64]:
        return draw_integers(rng, self.min_length, self.max_length + 1, (n,))

    def _draw(self, rng: np.random.Generator, lengths: NDArray[np.int64]) -> Sequences:
        inputs = draw_integers(rng, 0, self.num_symbols, (len(lengths), self.max_length))
        return Sequences(inputs.astype(self.symbol_dtype), lengths, inputs[:, self.index])
