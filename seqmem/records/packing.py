"""Packs the files of a job that is done, all but its result.json, into one, `files.zip`; and unpacks them.

A folder and two files are left of twelve; any program that reads ZIP files takes the others out
again. What is packed is written whole before the files are removed, and what is unpacked before
the pack is: whoever is killed between leaves both, with the same bytes, and loses nothing.
Whoever packs or unpacks holds the job's lock.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from seqmem.records.files import check_file, write_whole
from seqmem.records.outcomes import CURVES, SAMPLES, TESTS, TRACE, TRIALS
from seqmem.records.packed import PACKED, open_pack, open_stored, read_member
from seqmem.records.weights import WEIGHTS

NOTES = ".hydra"
FILES = (TRIALS, CURVES, SAMPLES, TRACE, TESTS, WEIGHTS, "train.log")
NOTED = tuple(f"{NOTES}/{name}.yaml" for name in ("config", "hydra", "overrides"))
MOST_BYTES = 2**26  # of a job's files: larger ones stay as they are
LEVEL = 4  # of zlib's; weights, of which little can be saved, are stored as they are


def is_packed(folder: Path) -> bool:
    """Whether a job's files are packed."""
    return (folder / PACKED).exists()


def is_loose(folder: Path) -> bool:
    """Whether a job has files that can be packed."""
    return any(True for _ in _list_loose(folder))


def _list_loose(folder: Path) -> Iterable[Path]:
    return (path for name in (*FILES, *NOTED) if (path := folder / name).is_file() and not path.is_symlink())


def pack(folder: Path) -> None:
    """Pack a job's files, if they are not too large; what else lies in its folder stays as it is.

    Raises:
        RecordError: if one cannot be read; then all stay as they are.
    """
    loose = list(_list_loose(folder))
    if not loose or sum(map(check_file, loose)) > MOST_BYTES:
        return
    contents = {str(path.relative_to(folder).as_posix()): _read(path) for path in loose}
    if is_packed(folder):
        contents = _read_all(folder) | contents
    write_whole(folder / PACKED, _zip(contents))
    for path in loose:
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # others have put something there
        (folder / NOTES).rmdir()


def unpack(folder: Path) -> None:
    """Make a job's packed files files again, where they are none yet.

    Raises:
        RecordError: if they are damaged; then they stay packed.
    """
    if not is_packed(folder):
        return
    for name, content in _read_all(folder).items():
        if not (folder / name).exists():
            write_whole(folder / name, content)
    (folder / PACKED).unlink()


def _read(path: Path) -> bytes:
    with open_stored(path) as file:
        return file.read()


def _read_all(folder: Path) -> dict[str, bytes]:
    with open_pack(folder / PACKED) as archive:
        if strange := sorted(set(archive.namelist()) - {*FILES, *NOTED}):
            raise ValueError(f"{strange[0]!r} is no file of a job")
        if sum(info.file_size for info in archive.infolist()) > MOST_BYTES:
            raise ValueError(f"its files have more than {MOST_BYTES:,} bytes")
        return {name: read_member(archive, name) for name in archive.namelist()}


def _zip(contents: dict[str, bytes]) -> bytes:
    """The same bytes for the same files, whenever it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in contents.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_STORED if name == WEIGHTS else zipfile.ZIP_DEFLATED
            archive.writestr(info, content, compresslevel=LEVEL)
    return out.getvalue()
