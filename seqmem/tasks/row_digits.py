"""Small handwritten digits, read row by row."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from seqmem.tasks.row_images import RowImages, to_sequences
from seqmem.tasks.task import Sequences

TEST_IMAGES = 360  # a fifth
BRIGHTEST = 16


class RowDigits(RowImages):
    """Name the digit that an image of 8 x 8 pixels shows, after it was read row by row.

    1797 images: 360 of them, drawn once and for all, to test on, the other 1437 to train on.

    Example (a braille dot for each dark pixel):
        ⠀⡞⢳⡄          ⠀⣸⡗⠀
        ⠀⢇⡼⠁   -> 0   ⠀⢸⣇⠀   -> 1

    Source: Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository, 1998, doi:10.24432/C50P49, licence CC BY 4.0; its test part, as scikit-learn's
    `load_digits` has it, in row_digits.npz (uint8 `images` and `labels`; otherwise unchanged).
    """

    def __init__(self) -> None:
        super().__init__(*_read())


@functools.cache
def _read() -> tuple[Sequences, Sequences]:
    with np.load(Path(__file__).with_name("row_digits.npz")) as file:
        images, labels = file["images"], file["labels"]
    digits = to_sequences(images, labels, BRIGHTEST)
    order = np.random.default_rng(0).random(len(digits)).argsort()
    return digits[np.sort(order[TEST_IMAGES:])], digits[np.sort(order[:TEST_IMAGES])]
