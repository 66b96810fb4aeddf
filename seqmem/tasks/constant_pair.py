"""Two constant sequences, told apart by a number."""

from __future__ import annotations

import math

import numpy as np

from seqmem.tasks.task import Criterion, Sequences, Target, Task


class ConstantPair(Task):
    """Answer each of two constant sequences of two steps with the number that it repeats.

    There are these two sequences only, to train and to test on; the task is solved when both
    answers are within the tolerance.

    Example:
        0 0     -> 0
        1 1     -> 1

    A network whose output is its short memory itself does not reach 1: an LSTM's memory holds
    2 at most after two steps, and tanh(2) = .964.

    Args:
        tolerance: Largest error of a right answer.
    Raises:
        ValueError: if the tolerance is not a number above 0.
    """

    symbols = False
    input_size = 1
    max_length = 2
    criterion = Criterion(sequences=2)

    def __init__(self, tolerance: float = 0.05) -> None:
        if not 0 < tolerance < math.inf:
            raise ValueError(f"tolerance must be a finite number above 0, got {tolerance}")
        self.target = Target("real", 1, tolerance=tolerance)
        numbers = np.array([[0], [1]], np.float32)
        self.pair = Sequences(np.stack([numbers] * self.max_length, axis=1), np.full(2, self.max_length), numbers)
        self.training_set = self.test_set = self.pair

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        return self.pair[np.arange(n) % 2]
