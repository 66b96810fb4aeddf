"""A vector type for numba: LANES float32 numbers in one register.

Every operation becomes one LLVM instruction on <LANES x float> (or a few), which LLVM turns
into what the processor has. Loads and stores take a flat array, or the address of its first
number, and an offset, unchecked: an array takes seven arguments of a call, an address one.
Nothing here reorders additions: the same inputs give the same bytes wherever it is inlined.
"""

# Code that writes LLVM instructions is called by numba, which has no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,attr-defined,untyped-decorator,no-any-return"

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.typing import signature
from numba.core.typing.templates import ConcreteTemplate, infer_global
from numba.extending import lower_builtin, models, register_model

from seqmem.engines.fused.compiling import intrinsic
from seqmem.engines.fused.simd.target import LANES

FLOAT, INT = ir.FloatType(), ir.IntType(32)
FLOATS, INTS = ir.VectorType(FLOAT, LANES), ir.VectorType(INT, LANES)
CONTRACT = ("contract",)  # a product and a sum may become one fused instruction


class Vector(types.Type):
    """LANES float32 numbers."""

    def __init__(self) -> None:
        super().__init__(name=f"float32x{LANES}")


vector = Vector()


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, FLOATS)


def _define_operator(symbol: Any, method: str) -> None:
    @infer_global(symbol)
    class _Template(ConcreteTemplate):
        cases = [signature(vector, vector, vector)]  # noqa: RUF012

    @lower_builtin(symbol, vector, vector)
    def _lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return getattr(builder, method)(args[0], args[1], flags=CONTRACT)


for _symbol, _method in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define_operator(_symbol, _method)


def pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any, pointee: Any) -> Any:
    """Address of element `index` of a flat array, or of float32 at an address, as a pointer to `pointee`."""
    if isinstance(array_type, types.Integer):
        data = builder.inttoptr(array, FLOAT.as_pointer())
    else:
        data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), pointee.as_pointer())


def call(builder: Any, name: str, returned: Any, args: list[Any]) -> Any:
    """Call an LLVM intrinsic."""
    function = builder.module.globals.get(name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(returned, [arg.type for arg in args]), name)
    return builder.call(function, args)


def constant(number: float) -> Any:
    """A vector of equal numbers, known when compiled."""
    return ir.Constant(FLOATS, [number] * LANES)


def spread(builder: Any, scalar: Any) -> Any:
    """A vector whose lanes are all `scalar`."""
    kind = ir.VectorType(scalar.type, LANES)
    empty = ir.Constant(kind, ir.Undefined)
    single = builder.insert_element(empty, scalar, ir.Constant(INT, 0))
    return builder.shuffle_vector(single, empty, ir.Constant(INTS, [0] * LANES))


def shuffle(builder: Any, a: Any, b: Any, lanes: list[int]) -> Any:
    """Lanes of `a` (0 ..) and `b` (len(a) ..)."""
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(INT, len(lanes)), lanes))


def load_floats(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    """LANES numbers of a flat array, from `index` on."""
    loaded = builder.load(pointer(context, builder, array_type, array, index, FLOATS))
    loaded.align = 4
    return loaded


def store_floats(context: Any, builder: Any, array_type: Any, array: Any, index: Any, value: Any) -> None:
    """Set LANES numbers of a flat array, from `index` on."""
    builder.store(value, pointer(context, builder, array_type, array, index, FLOATS)).align = 4


@intrinsic
def load(typing, array, index):
    """The vector array[index : index + LANES]."""

    def generate(context, builder, sig, args):
        return load_floats(context, builder, sig.args[0], args[0], args[1])

    return signature(vector, array, types.intp), generate


@intrinsic
def store(typing, array, index, value):
    """Set array[index : index + LANES]."""

    def generate(context, builder, sig, args):
        store_floats(context, builder, sig.args[0], args[0], args[1], args[2])
        return context.get_dummy_value()

    return signature(types.void, array, types.intp, vector), generate


@intrinsic
def splat(typing, scalar):
    """The same number in all lanes."""

    def generate(context, builder, sig, args):
        return spread(builder, args[0])

    return signature(vector, types.float32), generate


@intrinsic
def splat_at(typing, array, index):
    """array[index] in all lanes."""

    def generate(context, builder, sig, args):
        return spread(builder, builder.load(pointer(context, builder, sig.args[0], args[0], args[1], FLOAT)))

    return signature(vector, array, types.intp), generate


def _define_unary(name: str) -> Callable[..., Any]:
    @intrinsic
    def apply(typing, x):
        def generate(context, builder, sig, args):
            return call(builder, f"llvm.{name}.v{LANES}f32", FLOATS, list(args))

        return signature(vector, vector), generate

    return apply


absolute = _define_unary("fabs")
square_root = _define_unary("sqrt")
to_nearest = _define_unary("rint")


@intrinsic
def multiply_add(typing, a, b, c):
    """A b + c, in one instruction where there is one."""

    def generate(context, builder, sig, args):
        return call(builder, f"llvm.fmuladd.v{LANES}f32", FLOATS, list(args))

    return signature(vector, vector, vector, vector), generate


def _define_selection(relation: str) -> Callable[..., Any]:
    @intrinsic
    def select(typing, a, b, x, y):
        def generate(context, builder, sig, args):
            a, b, x, y = args
            return builder.select(builder.fcmp_ordered(relation, a, b), x, y)

        return signature(vector, vector, vector, vector, vector), generate

    return select


# x in the lanes where the relation of a and b holds, else y; it holds for no NaN.
select_equal = _define_selection("==")
select_less = _define_selection("<")


@intrinsic
def scale_by_power(typing, x, exponent):
    """X 2^exponent, for whole exponents of normal numbers."""

    def generate(context, builder, sig, args):
        biased = builder.add(builder.fptosi(args[1], INTS), ir.Constant(INTS, [127] * LANES))
        power = builder.bitcast(builder.shl(biased, ir.Constant(INTS, [23] * LANES)), FLOATS)
        return builder.fmul(args[0], power)

    return signature(vector, vector, vector), generate


@intrinsic
def exponent_of(typing, x):
    """The exponent of positive x, as a number: x = m 2^exponent with m in 1 .. 2."""

    def generate(context, builder, sig, args):
        shifted = builder.lshr(builder.bitcast(args[0], INTS), ir.Constant(INTS, [23] * LANES))
        return builder.sitofp(builder.sub(shifted, ir.Constant(INTS, [127] * LANES)), FLOATS)

    return signature(vector, vector), generate


@intrinsic
def sum_lanes(typing, x):
    """The sum over the lanes, added pairwise."""

    def generate(context, builder, sig, args):
        value, width = args[0], LANES
        while width > 1:
            width //= 2
            low = shuffle(builder, value, value, list(range(width)))
            high = shuffle(builder, value, value, list(range(width, 2 * width)))
            value = builder.fadd(low, high)
        return builder.extract_element(value, ir.Constant(INT, 0))

    return signature(types.float32, vector), generate
