"""IDX files, in which MNIST comes: a header of big-endian integers, then bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 10**9  # of a file, decompressed: twice the largest set of this kind
UNSIGNED_BYTES = 0x800  # what the files hold, before the number of axes


def find_idx(folder: Path, name: str) -> Path | None:
    """The file of this name in a folder, or that with .gz behind it, or None."""
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def read_idx(path: Path, num_axes: int) -> NDArray[np.uint8]:
    """Read an IDX file of bytes, plain or gzipped.

    Args:
        path: The file; gzipped if its name ends with .gz.
        num_axes: 3 for images, 1 for labels.
    Raises:
        ValueError: if it cannot be read, is too large, of another kind, or has not as many bytes as it says.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"{path} must have at most {MOST_BYTES:,} bytes, got {path.stat().st_size:,}")
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    return parse_idx(unzip(content, str(path), MOST_BYTES) if path.suffix == ".gz" else content, num_axes, str(path))


def hash_idx(array: NDArray[np.uint8]) -> str:
    """SHA-256 of the plain IDX file that holds an array."""
    header = np.array([UNSIGNED_BYTES + array.ndim, *array.shape], ">u4")
    return hashlib.sha256(header.tobytes() + array.tobytes()).hexdigest()


def unzip(content: bytes, name: str, most: int) -> bytes:
    """Decompress gzip.

    Args:
        content: What is compressed.
        name: What messages call it.
        most: Bytes that it may have, decompressed; no more are.
    Raises:
        ValueError: if it has more, or is no gzip.
    """
    try:
        with gzip.open(io.BytesIO(content)) as file:
            found = file.read(most + 1)
    except (OSError, EOFError, zlib.error):
        raise ValueError(f"{name} is cut off or not gzip") from None
    if len(found) > most:
        raise ValueError(f"{name} must have at most {most:,} bytes, decompressed, got more")
    return found


def parse_idx(content: bytes, num_axes: int, name: str) -> NDArray[np.uint8]:
    """Read an IDX file's content; `name` is what the message calls it."""
    start, magic = 4 + 4 * num_axes, UNSIGNED_BYTES + num_axes
    found = int.from_bytes(content[:4], "big")
    if found != magic:
        raise ValueError(f"{name} must begin with {magic:#010x}, as {num_axes}-axis IDX files do, got {found:#010x}")
    if len(content) < start:
        raise ValueError(f"{name} is cut off in its header")
    shape = tuple(np.frombuffer(content, ">u4", num_axes, offset=4).tolist())
    size = start + int(np.prod(shape, dtype=object))
    if len(content) != size:
        raise ValueError(f"{name} must have {size} bytes, as its header says, got {len(content)}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
