"""How the engine's functions are compiled."""

# mypy: disable-error-code="attr-defined,no-any-return"

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import extending, njit
from numba.core import types
from numba.core.ccallback import CFunc

from seqmem.engines.fused.cache import Cache, find_folder

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


def compile_callback(function: Callable[..., Any], *arguments: Any) -> Any:
    """Compile a function that compiled code calls by its `address`, and keep it on disk.

    Args:
        arguments: Their types, as numba knows them; nothing is returned.
    """
    callback = CFunc(function, (arguments, types.void), {}, OPTIONS)
    if find_folder().folder is not None:
        callback._cache = Cache(function)
    callback.compile()
    return callback


def entry(function: Function) -> Function:
    """Compile a function that Python calls, and keep it on disk."""
    dispatcher = njit(**OPTIONS)(function)
    if find_folder().folder is not None:
        dispatcher._cache = Cache(function)
    return dispatcher
