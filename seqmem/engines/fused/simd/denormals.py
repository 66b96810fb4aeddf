"""Denormals: floats below 1.2e-38, on which a processor spends some hundred cycles each.

A gradient that vanishes over a long lag passes through them on its way to zero; on an Intel Xeon
a plain RNN's training step took fifteen times as long from there on. Compiled code takes them for
zero, as a GPU's does. A gradient so small moves no weight: Adam divides by 1e-8 at least.
"""

# Code that writes LLVM instructions is called by numba, which has no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,attr-defined,untyped-decorator,no-any-return"

from __future__ import annotations

import platform

from llvmlite import ir
from numba.core import types
from numba.core.cgutils import alloca_once
from numba.core.typing import signature

from seqmem.engines.fused.compiling import intrinsic

IS_X86 = platform.machine().lower() in ("x86_64", "amd64")
INT = ir.IntType(32)
ZERO_RESULTS, ZERO_OPERANDS = 1 << 15, 1 << 6  # of the control register MXCSR, which each thread has


@intrinsic
def flush_denormals(typing):
    """Take denormals for zero from here on, in this thread; returns what `restore_denormals` takes.

    Where the processor has no such mode that is known here, nothing changes.
    """

    def generate(context, builder, sig, args):
        if not IS_X86:
            return ir.Constant(INT, 0)
        place = alloca_once(builder, INT)
        _call(builder, "llvm.x86.sse.stmxcsr", place)
        before = builder.load(place)
        builder.store(builder.or_(before, ir.Constant(INT, ZERO_RESULTS | ZERO_OPERANDS)), place)
        _call(builder, "llvm.x86.sse.ldmxcsr", place)
        return before

    return signature(types.int32), generate


@intrinsic
def restore_denormals(typing, mode):
    """Go back to the mode before `flush_denormals`."""

    def generate(context, builder, sig, args):
        if IS_X86:
            place = alloca_once(builder, INT)
            builder.store(args[0], place)
            _call(builder, "llvm.x86.sse.ldmxcsr", place)
        return context.get_dummy_value()

    return signature(types.none, types.int32), generate


def _call(builder, name, place):
    pointer = ir.IntType(8).as_pointer()
    function = builder.module.declare_intrinsic(name, fnty=ir.FunctionType(ir.VoidType(), [pointer]))
    builder.call(function, [builder.bitcast(place, pointer)])
