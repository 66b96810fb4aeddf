"""Where compiled code is kept: in a folder of the user's alone, for what lies there is executed.

Numba's own disk cache looks at the file of the outermost function only, so a change in a block
that it calls would go unnoticed. Here the folder is named by a hash of all the engine's sources
and the tasks', of the versions of numba and llvmlite, and of the processor. Every file begins
with the checksum of the rest.
"""

# mypy: disable-error-code="attr-defined,no-untyped-call,list-item"

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import os
import pickle
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import llvmlite
import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, _CacheLocator
from numba.core.config import CPU_NAME

from seqmem import tasks
from seqmem.engines.fused.simd.target import FEATURES

log = logging.getLogger(__name__)

DIGEST = 32  # bytes of a file's checksum
READING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def source_hash() -> str:
    """A name for this version of the engine, its compiler and the processor.

    The tasks belong to it: samplers have their constants compiled in.
    """
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, Path(tasks.__file__).parent):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
    name = CPU_NAME or llvmlite.binding.get_host_cpu_name()
    for part in (numba.__version__, llvmlite.__version__, name, *sorted(FEATURES)):
        digest.update(part.encode())
    return digest.hexdigest()[:16]


class Storage(NamedTuple):
    """The folder for compiled code; None and the reasons if there is none to be had."""

    folder: Path | None
    reasons: str


@functools.cache
def find_folder() -> Storage:
    """The first of the user's cache folder and one below the temporary one that this user alone can write."""
    reasons = []
    for parent in _list_parents():
        folder = parent / f"fused-{source_hash()}"
        try:
            _take(parent, closed=0o022)
            _take(folder, closed=0o077)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            reasons.append(str(error) if error.errno is None else f"{parent} cannot be written")
            continue
        return Storage(folder, "")
    return Storage(None, ", ".join(reasons))


def _list_parents() -> list[Path]:
    home = os.environ.get("XDG_CACHE_HOME")
    parents = [Path(tempfile.gettempdir()) / f"seqmem-{_find_user()}"]
    with contextlib.suppress(RuntimeError):  # no home
        parents.insert(0, (Path(home) if home else Path.home() / ".cache") / "seqmem")
    return parents


def _find_user() -> int | str:
    """This user's number; a word where users have none."""
    return os.geteuid() if hasattr(os, "geteuid") else "user"


def _take(folder: Path, closed: int) -> None:
    """Make a folder, or check that the one that is there is the user's own, and no one else's.

    Args:
        folder: Its path may lead over links, but it is none itself.
        closed: The bits of its mode that must not be set.
    Raises:
        OSError: without a number if it is not, with one if it cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise OSError(f"{folder} is a link")
    if _find_user() not in (status.st_uid, "user"):
        raise OSError(f"{folder} belongs to another user")
    if os.name == "posix" and status.st_mode & closed:
        raise OSError(f"{folder} is open to other users (mode {stat.S_IMODE(status.st_mode):o})")


class _Files(IndexDataCacheFile):
    """Numba's two files of a function, each with its checksum; what cannot be read is removed."""

    def _load_index(self) -> dict[Any, str]:
        return _load(Path(self._index_path)) or {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        self._save(self._index_path, overloads)

    def _load_data(self, name: str) -> Any:
        return _load(Path(self._data_path(name)))

    def _save_data(self, name: str, data: Any) -> None:
        self._save(self._data_path(name), data)

    def _save(self, path: str, content: Any) -> None:
        pickled = self._dump(content)
        with self._open_for_write(path) as file:
            file.write(hashlib.sha256(pickled).digest() + pickled)

    def save(self, key: Any, data: Any) -> None:
        try:
            super().save(key, data)
        except OSError as error:
            log.warning("%s cannot be written, and the kernels are not kept: %s", self._cache_path, error.strerror)


def _load(path: Path) -> Any:
    """What a file holds; None if there is none, or it was damaged and has been removed."""
    try:
        return pickle.loads(_read(path))  # noqa: S301
    except FileNotFoundError:
        return None
    except Exception as error:  # unpickling raises whatever it comes across
        log.warning("%s is damaged (%s) and is removed; the kernels are compiled anew", path, error)
        with contextlib.suppress(OSError):
            path.unlink()
        return None


def _read(path: Path) -> bytes:
    """A file's content behind its checksum; only of a file of the user's own."""
    with os.fdopen(os.open(path, READING), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or _find_user() not in (status.st_uid, "user"):
            raise ValueError("it is not a file of this user")
        content = file.read()
    if hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
        raise ValueError("its checksum is wrong")
    return content[DIGEST:]


class _Locator(_CacheLocator):
    def __init__(self, function: Callable[..., Any]) -> None:
        self._name = function.__qualname__

    def get_cache_path(self) -> str:
        return str(find_folder().folder)

    def get_source_stamp(self) -> str:
        return source_hash()

    def get_disambiguator(self) -> str:
        return self._name

    @classmethod
    def from_function(cls, function: Callable[..., Any], path: str) -> _Locator:
        return cls(function)


class _Implementation(CompileResultCacheImpl):
    _locator_classes = [_Locator]  # noqa: RUF012


class Cache(FunctionCache):
    """What numba asks for a function's compiled code."""

    _impl_class = _Implementation

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        own = self._cache_file
        self._cache_file = _Files(own._cache_path, self._impl.filename_base, own._source_stamp)
