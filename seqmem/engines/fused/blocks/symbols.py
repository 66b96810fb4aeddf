"""Vectors of symbols, and numbers looked up by them."""

# Code that writes LLVM instructions is called by numba, which has no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,attr-defined,untyped-decorator,no-any-return"

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.typing import signature
from numba.extending import models, register_model

from seqmem.engines.fused.compiling import intrinsic
from seqmem.engines.fused.simd.target import FEATURES, LANES, NARROW, WIDE
from seqmem.engines.fused.simd.vector import FLOAT, FLOATS, INT, INTS, call, pointer, spread, vector


class Symbols(types.Type):
    """LANES int32 numbers that name symbols."""

    def __init__(self) -> None:
        super().__init__(name=f"int32x{LANES}")


symbols = Symbols()


@register_model(Symbols)
class _SymbolsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, INTS)


PERMUTES = WIDE in FEATURES or NARROW in FEATURES  # has an instruction that permutes a whole vector


@intrinsic
def load_symbols(typing, array, index):
    """LANES symbols from a flat int32 array."""

    def generate(context, builder, sig, args):
        loaded = builder.load(pointer(context, builder, sig.args[0], args[0], args[1], INTS))
        loaded.align = 4
        return loaded

    return signature(symbols, array, types.intp), generate


@intrinsic
def permute(typing, x, lanes):
    """x[lanes[i]] in lane i; where `PERMUTES`, and for lanes below LANES."""

    def generate(context, builder, sig, args):
        name = "llvm.x86.avx512.permvar.sf.512" if LANES == 16 else "llvm.x86.avx2.permps"
        return call(builder, name, FLOATS, list(args))

    return signature(vector, vector, symbols), generate


@intrinsic
def gather(typing, array, index, stride, lanes):
    """array[index + stride lanes[i]] in lane i."""

    def generate(context, builder, sig, args):
        array, index, stride, lanes = args
        value = ir.Constant(FLOATS, ir.Undefined)
        for lane in range(LANES):
            position = ir.Constant(INT, lane)
            number = builder.sext(builder.extract_element(lanes, position), index.type)
            at = builder.add(index, builder.mul(number, stride))
            found = builder.load(pointer(context, builder, sig.args[0], array, at, FLOAT))
            value = builder.insert_element(value, found, position)
        return value

    return signature(vector, array, types.intp, types.intp, symbols), generate


@intrinsic
def is_symbol(typing, lanes, number):
    """1.0 in the lanes that hold `number`, else 0.0."""

    def generate(context, builder, sig, args):
        wanted = spread(builder, builder.trunc(args[1], INT))
        return builder.uitofp(builder.icmp_signed("==", args[0], wanted), FLOATS)

    return signature(vector, symbols, types.intp), generate


@intrinsic
def first_symbols(typing, limit):
    """0, 1, 2, .. up to limit - 1, which the remaining lanes repeat."""

    def generate(context, builder, sig, args):
        count = ir.Constant(INTS, list(range(LANES)))
        last = spread(builder, builder.sub(builder.trunc(args[0], INT), ir.Constant(INT, 1)))
        return builder.select(builder.icmp_signed("<", count, last), count, last)

    return signature(symbols, types.intp), generate
