"""Reads a job's files where they are: each by itself or, of a job that is packed, in `files.zip` beside result.json.

A file counts by itself where there is one; both hold the same bytes while a job is being packed or
unpacked (`seqmem.records.packing`), so that a reader finds each file whole at any moment.
"""

from __future__ import annotations

import contextlib
import io
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from seqmem.records.files import LARGEST, RecordError, check_file, describe_damage, open_file

PACKED = "files.zip"
LARGEST_PACKED = 2**27  # bytes of it
LARGEST_LIST = 2**16  # bytes of the list of its files
END = struct.Struct("<4s4H2LH")  # the last bytes of a ZIP file
ERRORS = (OSError, ValueError, RuntimeError, NotImplementedError, EOFError, zipfile.BadZipFile, zlib.error)


def exists(path: Path) -> bool:
    """Whether a job's folder has a file, by itself or packed."""
    return path.exists() or _is_packed(path) or path.exists()  # it may be unpacked between two looks


def _is_packed(path: Path) -> bool:
    """Whether a file is packed, or may be: what is damaged is told by whoever reads it."""
    pack = path.parent / PACKED
    if not pack.exists():
        return False
    try:
        with open_pack(pack) as archive:
            return path.name in archive.NameToInfo
    except RecordError:
        return True


@contextlib.contextmanager
def open_pack(pack: Path) -> Iterator[zipfile.ZipFile]:
    """Open a job's packed files; an error that their content leads to becomes one that names them.

    Raises:
        RecordError: if they are missing or damaged.
    """
    with open_file(pack, LARGEST_PACKED) as file:
        try:
            file.seek(-END.size, os.SEEK_END)
            mark, *_, length, _, _ = END.unpack(file.read(END.size))
            if mark != b"PK\5\6" or length > LARGEST_LIST:
                raise ValueError("it does not end as a ZIP file of a job does")
            with zipfile.ZipFile(file) as archive:
                yield archive
        except RecordError:
            raise
        except ERRORS as error:
            raise describe_damage(pack, error) from None


def read_member(archive: zipfile.ZipFile, name: str, most: int = LARGEST) -> bytes:
    """The bytes of a packed file, whose checksum is compared.

    Raises:
        ValueError: if it is larger than `most`.
    """
    size = archive.getinfo(name).file_size
    if size > most:
        raise ValueError(f"its {name} has {size:,} bytes, more than {most:,}")
    return archive.read(name)


def open_stored(path: Path, most: int = LARGEST) -> BinaryIO:
    """Open a job's file to be read, wherever it is.

    Raises:
        RecordError: if it is missing, damaged or larger than `most`.
    """
    try:
        return open_file(path, most)
    except RecordError:
        if os.path.lexists(path):
            raise
    pack = path.parent / PACKED
    if not pack.exists():
        return open_file(path, most)  # it may have been unpacked since
    with open_pack(pack) as archive:
        if path.name not in archive.NameToInfo:
            raise describe_damage(path, FileNotFoundError())
        return io.BytesIO(read_member(archive, path.name, most))


@contextlib.contextmanager
def as_file(path: Path, most: int = LARGEST) -> Iterator[Path]:
    """A job's file as one that others can open by its name: itself or, where it is packed, a copy.

    Raises:
        RecordError: as `open_stored`.
    """
    if path.exists():
        check_file(path, most)
        yield path
        return
    with open_stored(path, most) as stored, tempfile.NamedTemporaryFile(prefix="seqmem-") as copy:
        copy.write(stored.read())
        copy.flush()
        yield Path(copy.name)
