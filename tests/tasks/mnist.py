"""Small files of MNIST's kind, and a server that hands them out."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
SIZES = {"train": 40, "t10k": 12}


def idx(array: np.ndarray) -> bytes:
    """An array as an IDX file."""
    header = (0x800 + array.ndim).to_bytes(4, "big") + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return header + array.astype(np.uint8).tobytes()


def small_files(seed: int = 0) -> dict[str, bytes]:
    """Random images of 28 x 28 pixels, and for each a digit."""
    rng = np.random.default_rng(seed)
    files = {}
    for part, size in SIZES.items():
        files[f"{part}-images-idx3-ubyte"] = idx(rng.integers(0, 256, (size, 28, 28)))
        files[f"{part}-labels-idx1-ubyte"] = idx(np.arange(size) % 10)
    return files


def write_files(folder: Path, zipped: bool = False, **changed: bytes) -> Path:
    """Write small files into a folder, some of them changed."""
    folder.mkdir(exist_ok=True)
    for name, content in (small_files() | changed).items():
        path = folder / (f"{name}.gz" if zipped else name)
        path.write_bytes(gzip.compress(content) if zipped else content)
    return folder


def checksums() -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in small_files().items()}


class _Quiet(SimpleHTTPRequestHandler):
    """Hands out a folder's files; of those called cut-off only a part."""

    def log_message(self, *args: object) -> None:
        pass

    def copyfile(self, source, outputfile) -> None:
        content = source.read()
        cut = Path(self.directory, "cut-off").exists()
        outputfile.write(content[: len(content) // 2] if cut else content)


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The address of a server of a folder on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
