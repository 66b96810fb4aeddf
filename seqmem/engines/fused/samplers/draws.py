"""Random doubles from a numpy generator, for compiled code."""

# Code that writes LLVM instructions is called by numba, which has no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,attr-defined,untyped-decorator,no-any-return"

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.typing import signature

from seqmem.engines.fused.compiling import compiled, inlined, intrinsic
from seqmem.engines.fused.samplers.pcg64 import words
from seqmem.engines.fused.simd.types import Struct


def addresses(rng: np.random.Generator) -> tuple[int, int]:
    """Where a generator's function that draws a double is, and its state.

    The generator must outlive all use of them.
    """
    interface: Any = rng.bit_generator.ctypes
    draw = ctypes.cast(interface.next_double, ctypes.c_void_p).value
    assert draw is not None
    return draw, interface.state_address


@intrinsic
def draw_double(typing, draw, state):
    """The next number of Generator.random(), from its `addresses`."""

    def generate(context, builder, sig, args):
        kind = ir.FunctionType(ir.DoubleType(), [ir.IntType(8).as_pointer()])
        function = builder.inttoptr(args[0], kind.as_pointer())
        return builder.call(function, [builder.inttoptr(args[1], ir.IntType(8).as_pointer())])

    return signature(types.float64, types.int64, types.int64), generate


@compiled
def remember_generators(trial: Struct) -> None:
    """Note where the trial's generators are."""
    drawn, initial = words(trial.draw_state), words(trial.initial_draw_state)
    trial.draw_low, trial.draw_high = drawn[0], drawn[1]
    trial.initial_low, trial.initial_high = initial[0], initial[1]


@compiled
def rewind_generators(trial: Struct) -> None:
    """Put the trial's generators back to where they were noted to be."""
    drawn, initial = words(trial.draw_state), words(trial.initial_draw_state)
    drawn[0], drawn[1] = trial.draw_low, trial.draw_high
    initial[0], initial[1] = trial.initial_low, trial.initial_high


@inlined
def draw_integer(trial: Struct, low: int, high: int) -> Any:
    """As `seqmem.tasks.draw_integers` draws one."""
    return low + np.int64(draw_double(trial.draw, trial.draw_state) * (high - low))
