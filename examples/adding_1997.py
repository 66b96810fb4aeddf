"""A task of one's own: the adding problem as it was first set."""

from __future__ import annotations

import numpy as np

from seqmem.tasks import Criterion, Sequences, Target, Task, draw_integers


class Adding1997(Task):
    """Add the two marked numbers of a long sequence.

    Each step is a pair: a number uniform in [-1, 1), and a marker, 0 unless said. Of the first
    ten steps one is marked by 1, and of the first T/2 - 1 another one; the first and the last
    step have the marker -1. A first step that was to be marked counts as 0. The answer is
    .5 + (X1 + X2) / 4, right if it is off by less than .04.

    Example (shortened):
        (.3, -1) (.5, 1) (.9, 0) (-.1, 1) (.4, 0) (-.7, -1)   -> .6
        (-.2, -1) (.1, 0) (-.8, 1) (.6, 1) (.2, -1)           -> .45

    Source: Hochreiter & Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997,
    experiment 4. Stops as there: the last 2000 sequences right, their mean error below .01.

    Args:
        T: Length of the shortest sequence; the longest has T + T/10 steps.
    Raises:
        ValueError: if T is below 22, which leaves no ten steps in the first T/2 - 1.
    """

    symbols = False
    input_size = 2
    target = Target("real", 1, tolerance=0.04)
    criterion = Criterion(sequences=2000, tolerance=0.04, mean_error=0.01)

    def __init__(self, T: int = 100) -> None:  # noqa: N803
        if T < 22:
            raise ValueError(f"T must be at least 22, got {T}")
        self.T = T
        self.max_length = T + T // 10

    def telling_steps(self, inputs: np.ndarray) -> list[int]:
        return np.flatnonzero(inputs[:, 1] == 1).tolist()

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        rows = np.arange(n)
        lengths = draw_integers(rng, self.T, self.max_length + 1, (n,))
        inputs = np.zeros((n, self.max_length, 2), np.float32)
        inputs[..., 0] = 2 * rng.random((n, self.max_length)) - 1
        first = draw_integers(rng, 0, 10, (n,))
        second = draw_integers(rng, 0, self.T // 2 - 2, (n,))
        second += second >= first  # another one
        inputs[rows, first, 1] = inputs[rows, second, 1] = 1
        inputs[:, 0, 1] = inputs[rows, lengths - 1, 1] = -1
        marked = np.where(inputs[..., 1] == 1, inputs[..., 0], 0)
        return Sequences(inputs, lengths, 0.5 + marked.sum(1, keepdims=True) / 4)
