"""How the engine's functions are compiled, and where what was compiled is kept.

Numba's own disk cache looks at the file of the outermost function only, so a change in a block
that it calls would go unnoticed. Here the folder is named by a hash of all the engine's sources
and the tasks', of the versions of numba and llvmlite, and of the processor.
"""

# mypy: disable-error-code="attr-defined,no-untyped-call,no-any-return,list-item"

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import llvmlite
import numba
from numba import extending, njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.core.config import CPU_NAME

from seqmem import tasks
from seqmem.engines.fused.target import FEATURES

Function = TypeVar("Function", bound=Callable[..., Any])

# A function that writes the LLVM instructions of a call.
intrinsic: Any = extending.intrinsic
# A function that is chosen by the types that it is called with.
overload: Any = extending.overload

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
INNER = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def compiled(function: Function) -> Function:
    """Compile a block that is called."""
    return njit(**INNER)(function)


def inlined(function: Function) -> Function:
    """Compile a block into whatever calls it."""
    return njit(forceinline=True, **INNER)(function)


def merged(function: Function) -> Function:
    """Compile a block as a part of what calls it: a large one, which would else be optimised twice."""
    return njit(inline="always", **INNER)(function)


def entry(function: Function) -> Function:
    """Compile a function that Python calls, and keep it on disk."""
    dispatcher = njit(**OPTIONS)(function)
    if cache_folder() is not None:
        dispatcher._cache = _Cache(function)
    return dispatcher


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


@functools.cache
def cache_folder() -> Path | None:
    """The first of the user's cache folder and a temporary one that can be written, or None."""
    home = os.environ.get("XDG_CACHE_HOME")
    user = os.getuid() if hasattr(os, "getuid") else "user"
    parents = [Path(tempfile.gettempdir()) / f"seqmem-{user}"]
    with contextlib.suppress(RuntimeError):  # no home
        parents.insert(0, (Path(home) if home else Path.home() / ".cache") / "seqmem")
    for parent in parents:
        folder = parent / f"fused-{source_hash()}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        return folder
    return None


class _Locator(_CacheLocator):
    def __init__(self, function: Callable[..., Any]) -> None:
        self._name = function.__qualname__

    def get_cache_path(self) -> str:
        return str(cache_folder())

    def get_source_stamp(self) -> str:
        return source_hash()

    def get_disambiguator(self) -> str:
        return self._name

    @classmethod
    def from_function(cls, function: Callable[..., Any], path: str) -> _Locator:
        return cls(function)


class _Implementation(CompileResultCacheImpl):
    _locator_classes = [_Locator]  # noqa: RUF012


class _Cache(FunctionCache):
    _impl_class = _Implementation
