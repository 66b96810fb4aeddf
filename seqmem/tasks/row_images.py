"""Images that are read row by row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seqmem.tasks.task import Sequences, Target, Task, draw_integers

# What the dots of a braille character count, from U+2800 on: four rows of two.
DOTS = np.array([[1, 8], [2, 16], [4, 32], [64, 128]])


class RowImages(Task):
    """Name what an image shows, after it was read row by row, top to bottom.

    A step is a row, its features are the row's pixels, from 0 to 1.

    Args:
        training_set: Images to train on, (n, rows, columns), and their classes.
        test_set: Images to test on, as large.
        num_classes: How many classes there are.
    """

    symbols = False

    def __init__(self, training_set: Sequences, test_set: Sequences, num_classes: int = 10) -> None:
        self.training_set = training_set
        self.test_set = test_set
        self.max_length, self.input_size = training_set.inputs.shape[1:]
        self.target = Target("class", num_classes)

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        assert self.training_set is not None
        return self.training_set[draw_integers(rng, 0, len(self.training_set), (n,))]

    def format_input(self, inputs: NDArray[np.float32]) -> str:
        """Draw an image in braille dots, a line for four rows."""
        dark = np.pad(inputs >= 0.5, [(0, -size % unit) for size, unit in zip(inputs.shape, DOTS.shape, strict=True)])
        characters = dark.reshape(len(dark) // 4, 4, -1, 2).transpose(0, 2, 1, 3)
        codes = 0x2800 + (characters * DOTS).sum((2, 3))
        return "\n".join("".join(map(chr, line)) for line in codes.tolist())


def to_sequences(images: NDArray[np.uint8], labels: NDArray[np.uint8], brightest: int) -> Sequences:
    """Sequences of images (n, rows, columns) with pixels from 0 to `brightest`, and of their classes (n,)."""
    pixels = images.astype(np.float32)
    pixels /= brightest
    return Sequences(pixels, np.full(len(images), images.shape[1], np.int32), labels.astype(np.int64))
