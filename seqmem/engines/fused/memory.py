"""Arrays at addresses, for compiled code that serves many trials, each with its own; a counter; a clock."""

# Code that writes LLVM instructions is called by numba, which has no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,attr-defined,untyped-decorator,no-any-return"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.typing import signature
from numba.np.arrayobj import populate_array

from seqmem.engines.fused.compiling import intrinsic


def _define_view(dtype: Any) -> Callable[..., Any]:
    kind = types.Array(dtype, 1, "C")

    @intrinsic
    def view(typing, address, size):
        """The flat array of `size` numbers at an address, which the caller keeps alive."""

        def generate(context, builder, sig, args):
            array = context.make_array(kind)(context, builder)
            itemsize = ir.Constant(ir.IntType(64), dtype.bitwidth // 8)
            data = builder.inttoptr(args[0], context.get_data_type(dtype).as_pointer())
            populate_array(array, data=data, shape=[args[1]], strides=[itemsize], itemsize=itemsize, meminfo=None)
            return array._getvalue()

        return signature(kind, types.int64, types.int64), generate

    return view


float32_at = _define_view(types.float32)
float64_at = _define_view(types.float64)
int32_at = _define_view(types.int32)
int64_at = _define_view(types.int64)


@intrinsic
def take_next(typing, counter):
    """Count counter[0] up and return what it was, in one step that no other thread can split."""

    def generate(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.atomic_rmw("add", data, ir.Constant(ir.IntType(64), 1), "monotonic")

    return signature(types.int64, counter), generate


@intrinsic
def read_clock(typing):
    """The processor's cycle counter; differences tell what share of the time something took."""

    def generate(context, builder, sig, args):
        clock = builder.module.declare_intrinsic("llvm.readcyclecounter", fnty=ir.FunctionType(ir.IntType(64), []))
        return builder.call(clock, [])

    return signature(types.int64), generate


@intrinsic
def address_of(typing, array):
    """Where a flat array's first number is."""

    def generate(context, builder, sig, args):
        return builder.ptrtoint(context.make_array(sig.args[0])(context, builder, args[0]).data, ir.IntType(64))

    return signature(types.int64, array), generate


@intrinsic
def read_integer(typing, address, index):
    """Of 64-bit integers at an address, the one at `index`."""

    def generate(context, builder, sig, args):
        first = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        return builder.load(builder.gep(first, [args[1]]))

    return signature(types.int64, types.int64, types.int64), generate
