"""MNIST's handwritten digits, read row by row."""

from __future__ import annotations

import functools
from pathlib import Path

from seqmem.tasks.idx import hash_idx
from seqmem.tasks.mnist_files import URL, compute_digest, default_folder, fetch_missing, read_part
from seqmem.tasks.row_images import RowImages, to_sequences
from seqmem.tasks.task import Sequences

BRIGHTEST = 255


class RowMNIST(RowImages):
    """Name the digit that an image of 28 x 28 pixels shows, after it was read row by row.

    60,000 images to train on and 10,000 to test on, from the files train-images-idx3-ubyte,
    train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each plain or
    with .gz behind it. Other images in files of these names are read as well.

    Example (the network reads 28 rows of 28 numbers from 0 to 1):
        the first training image, a 5   -> 5
        the second, a 0                 -> 0

    Source: LeCun, Bottou, Bengio & Haffner, "Gradient-Based Learning Applied to Document
    Recognition", Proceedings of the IEEE 86(11), 1998.

    Args:
        folder: Where the files are; `seqmem/mnist` in the user's cache folder unless given.
        download: Fetch what the folder lacks.
        url: Where from; what comes is checked against MNIST's SHA-256.
    Raises:
        ValueError: if a file is missing, damaged or cannot be fetched.
    """

    not_in_fingerprint = ("folder", "download", "url")

    def __init__(self, folder: str | None = None, download: bool = False, url: str = URL) -> None:
        try:
            path = default_folder() if folder is None else Path(folder).expanduser()
        except RuntimeError as error:  # no home
            raise ValueError(f"folder must be one that can be found, got {folder or 'null'}: {error}") from None
        if download:
            fetch_missing(path, url)
        training_set, test_set, self.digest = _read(path)
        super().__init__(training_set, test_set)


@functools.cache
def _read(folder: Path) -> tuple[Sequences, Sequences, str]:
    """The training set and the test set in a folder, and a hash of both."""
    checksums, parts = [], []
    for part in ("train", "t10k"):
        images, labels = read_part(folder, part)
        checksums += [hash_idx(images), hash_idx(labels)]
        parts.append(to_sequences(images, labels, BRIGHTEST))
    sizes = [part.inputs.shape[1:] for part in parts]
    if sizes[0] != sizes[1]:
        raise ValueError(f"folder must have test images as large as those to train on, got {sizes[1]} and {sizes[0]}")
    return parts[0], parts[1], compute_digest(checksums)
