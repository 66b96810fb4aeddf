"""Loops are compiled from their source, each once, and called by their address."""

# mypy: disable-error-code="no-untyped-call,no-any-return,attr-defined,no-untyped-def,untyped-decorator"

from __future__ import annotations

import functools
import hashlib
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.ccallback import CFunc
from numba.core.typing import signature

from seqmem.engines.fused.cache import Cache, find_folder
from seqmem.engines.fused.compiling import OPTIONS, intrinsic
from seqmem.engines.fused.memory import read_integer
from seqmem.engines.fused.simd import maths, vector
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.steps.homes import BASES

NUM_ARGUMENTS = 2 + len(BASES) - 1

NAMES = {
    "np": np,
    "f4": np.float32,
    "LANES": LANES,
    "BLOCK": BLOCK,
    "read_integer": read_integer,
    **{name: getattr(vector, name) for name in ("load", "store", "splat", "select_less", "select_equal")},
    "absolute": vector.absolute,
    "square_root": vector.square_root,
    **{
        name: getattr(maths, name)
        for name in ("sigmoid", "tanh", "relu", "softplus", "minimum", "maximum", "sin", "cos")
    },
    "exp": maths.power_of_e,
    "log": maths.natural_log,
}


_KEPT: list[CFunc] = []  # code stays where it is: tables know its address


@functools.cache
def compile_loop(text: str) -> int:
    """Compile a loop, or load it from disk, where it is kept by a hash of its text; return its address."""
    name = f"loop_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    space = NAMES | {"__name__": __name__}
    exec(compile(text, f"<{name}>", "exec"), space)  # noqa: S102
    function: Any = space["loop"]
    function.__name__ = function.__qualname__ = name
    made = CFunc(function, ((types.int64,) * NUM_ARGUMENTS, types.void), {}, dict(OPTIONS))
    if find_folder().folder is not None:
        made._cache = Cache(function)
    made.compile()
    _KEPT.append(made)
    address = made.address
    assert address is not None
    return address


@intrinsic
def call_loop(typing, address, lanes, numbers, kept, before, after, carry, next_):
    """Run a loop by its address; see `source.HEAD` for what it takes."""

    def generate(context, builder, sig, args):
        whole = ir.IntType(64)
        kind = ir.FunctionType(ir.VoidType(), [whole] * NUM_ARGUMENTS)
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])
        return context.get_dummy_value()

    return signature(types.void, *[types.int64] * (1 + NUM_ARGUMENTS)), generate
