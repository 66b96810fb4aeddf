"""MNIST's four files: where they lie, and where they are fetched from."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seqmem.tasks.idx import find_idx, read_idx, unzip

if TYPE_CHECKING:
    from http.client import HTTPResponse

log = logging.getLogger(__name__)

# SHA-256 of each file's content, decompressed.
CHECKSUMS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"
TIMEOUT_S = 30  # without a byte
MOST_S = 600.0  # for a file
MOST_BYTES = 10**8  # of a file; the largest has half of that
CHUNK = 2**20


def compute_digest(checksums: Iterable[str]) -> str:
    """One hash for the files' checksums, which come in the order of CHECKSUMS: what the images and labels are."""
    return hashlib.sha256(" ".join(checksums).encode()).hexdigest()


def default_folder() -> Path:
    """Where MNIST is looked for unless told: in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path("~/.cache").expanduser()) / "seqmem" / "mnist"


def fetch_missing(folder: Path, url: str) -> None:
    """Fetch those of the files that a folder lacks, each whole or not at all.

    Args:
        folder: Made if it is not there.
        url: Where the files are, gzipped or plain.
    Raises:
        ValueError: if one cannot be fetched or written, or is not MNIST's.
    """
    for name in CHECKSUMS:
        if find_idx(folder, name):
            continue
        address = f"{url.rstrip('/')}/{name}"
        log.info("fetching %s into %s", address, folder)
        content = _fetch(address, name)
        try:
            write_whole(folder / name, content)
        except OSError as error:
            raise ValueError(f"folder must be one that can be written, got {folder}: {error.strerror}") from None


def _fetch(address: str, name: str) -> bytes:
    """The decompressed content at an address with .gz behind it, or at the address itself."""
    gzipped = _download(f"{address}.gz")
    if gzipped is not None:
        content: bytes | None = unzip(gzipped, f"url must lead to MNIST's files, but {address}.gz", MOST_BYTES)
    else:
        content = _download(address)
    if content is None:
        raise ValueError(f"url must lead to MNIST's files, but there is no {address} (or .gz)")
    check_content(name, content, f"url must lead to MNIST's files, but {address}")
    return content


def check_content(name: str, content: bytes, whose: str) -> None:
    """Raise ValueError, which begins with `whose`, if a content is not that of MNIST's file with this name."""
    if (found := hashlib.sha256(content).hexdigest()) != CHECKSUMS[name]:
        raise ValueError(f"{whose} has SHA-256 {found}, not {CHECKSUMS[name]}")


def _download(address: str) -> bytes | None:
    """What is at an address, or None if there is nothing."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import urlopen

    if not address.startswith(("http://", "https://")):
        raise ValueError(f"url must begin with http:// or https://, got {address}")
    try:
        with urlopen(address, timeout=TIMEOUT_S) as response:  # noqa: S310
            return _read_all(response)
    except HTTPError as error:
        error.close()
        if error.code == 404:
            return None
        reason = f"{error.code} {error.reason}"
    except (OSError, HTTPException, ValueError) as error:
        reason = str(getattr(error, "reason", error)) or type(error).__name__
    raise ValueError(f"url must lead to MNIST's files, but {address} cannot be fetched: {reason}")


def _read_all(response: HTTPResponse) -> bytes:
    """All of a response.

    Raises:
        ValueError: if it is cut off or too large, or takes too long.
    """
    content, deadline = bytearray(), time.monotonic() + MOST_S
    while chunk := response.read1(CHUNK):  # what has come, not waiting for more
        content += chunk
        if len(content) > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES:,} bytes")
        if time.monotonic() > deadline:
            raise ValueError(f"it took longer than {MOST_S:.0f} s")
    if response.length:  # that the server has promised
        raise ValueError(f"it is cut off, {response.length:,} bytes are missing")
    return bytes(content)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and the folder above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_part(folder: Path, part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The images (n, rows, columns) and labels (n,) of a part, `train` or `t10k`.

    Raises:
        ValueError: if a file is missing or damaged, or they do not fit each other.
    """
    images = _read(folder, f"{part}-images-idx3-ubyte", 3)
    labels = _read(folder, f"{part}-labels-idx1-ubyte", 1)
    if not len(images) == len(labels) > 0:
        raise ValueError(f"folder must have a label for each image, got {len(images)} images and {len(labels)} labels")
    if labels.max() > 9:
        raise ValueError(f"folder must have labels from 0 to 9, got {labels.max()} in {part}-labels-idx1-ubyte")
    return images, labels


def _read(folder: Path, name: str, num_axes: int) -> NDArray[np.uint8]:
    path = find_idx(folder, name)
    if path is None:
        raise ValueError(
            f"folder must hold MNIST's files, but {folder} has no {name} (or {name}.gz); put them there, or let "
            f"task.download=true fetch them"
        )
    try:
        return read_idx(path, num_axes)
    except ValueError as error:
        raise ValueError(f"folder must hold MNIST's files, but {error}") from None
