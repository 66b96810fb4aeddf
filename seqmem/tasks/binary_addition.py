"""Addition of two binary numbers, bit by bit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqmem.tasks.task import Criterion, FurtherTest, Sequences, Target, Task, draw_integers


class BinaryAddition(Task):
    """Add two numbers that arrive least significant bit first, one bit of each a step.

    L-bit numbers give L + 1 steps, the last one reading two zeros, and L + 1 bits of the sum;
    a sequence is right when all of them are.

    Example (L=3; 3 + 6 and 1 + 1, least significant bit first):
        1,0 1,1 0,1 0,0   -> 1 0 0 1
        1,1 0,0 0,0 0,0   -> 0 1 0 0

    Args:
        min_bits: Bits of the shortest numbers.
        max_bits: Bits of the longest; a sequence's L is uniform in min_bits .. max_bits.
        test_bits: Bits of numbers that a trained network is tested on as well.
    Raises:
        ValueError: if the range is empty or starts below 1, or a test is of no number of bits.
    """

    symbols = False
    input_size = 2
    target = Target("bits", 1, every_step=True)
    criterion = Criterion(sequences=2000)

    def __init__(self, min_bits: int = 3, max_bits: int = 3, test_bits: Sequence[int] = ()) -> None:
        if not 1 <= min_bits <= max_bits:
            raise ValueError(f"min_bits must be from 1 to max_bits={max_bits}, got {min_bits}")
        if wrong := [bits for bits in test_bits if bits < 1]:
            raise ValueError(f"test_bits must be at least 1, got {wrong[0]}")
        self.min_bits = min_bits
        self.max_bits = max_bits
        self.test_bits = tuple(test_bits)
        self.max_length = max_bits + 1

    def further_tests(self) -> dict[str, FurtherTest]:
        return {f"{bits} bits": FurtherTest(BinaryAddition(bits, bits)) for bits in self.test_bits}

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        num_bits = draw_integers(rng, self.min_bits, self.max_bits + 1, (n,))
        bits = draw_integers(rng, 0, 2, (n, self.max_length, 2))
        bits[np.arange(self.max_length) >= num_bits[:, None]] = 0
        total = np.empty((n, self.max_length, 1), np.float32)
        carry = np.zeros(n, np.int64)
        for step in range(self.max_length):
            digit = bits[:, step].sum(1) + carry
            total[:, step, 0] = digit % 2
            carry = digit // 2
        return Sequences(bits.astype(np.float32), num_bits + 1, total)
