"""Random doubles from a numpy generator, and places in the batch, for compiled code."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.typing import signature
from numba.extending import intrinsic

from seqmem.engines.fused.compiling import inlined
from seqmem.engines.fused.target import BLOCK


def addresses(rng: np.random.Generator) -> tuple[int, int]:
    """Where a generator's function that draws a double is, and its state.

    The generator must outlive all use of them.
    """
    interface: Any = rng.bit_generator.ctypes
    draw = ctypes.cast(interface.next_double, ctypes.c_void_p).value
    assert draw is not None
    return draw, interface.state_address


@intrinsic
def draw_double(typing, draw, state):  # type: ignore[no-untyped-def]
    """The next number of Generator.random(), from its `addresses`."""

    def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
        kind = ir.FunctionType(ir.DoubleType(), [ir.IntType(8).as_pointer()])
        function = builder.inttoptr(args[0], kind.as_pointer())
        return builder.call(function, [builder.inttoptr(args[1], ir.IntType(8).as_pointer())])

    return signature(types.float64, types.int64, types.int64), generate


@inlined
def draw_integer(trial, low, high):
    """As `seqmem.tasks.draw_integers` draws one."""
    return np.int64(low + draw_double(trial.draw, trial.draw_state) * (high - low))


@inlined
def input_place(trial, sequence, step):
    """Where a sequence of the batch has its symbol (or feature, in a batch of one feature) at a step."""
    return (sequence // BLOCK * trial.max_length + step) * BLOCK + sequence % BLOCK


@inlined
def target_place(trial, sequence, step):
    """Where a sequence of the batch has its first number to be answered at a step."""
    steps = trial.max_length if trial.every_step else 1
    rows = (sequence // BLOCK * steps + step) * trial.target_width
    return trial.batch_targets + rows * BLOCK + sequence % BLOCK


@inlined
def length_place(trial, sequence):
    """Where the length of a sequence of the batch is; 0 marks a lane without one."""
    return trial.batch_lengths + sequence
