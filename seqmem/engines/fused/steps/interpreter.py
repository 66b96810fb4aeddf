"""Runs what becomes of weights once an update: rows of numbers, compiled once for all cells, and when one needs it.

A row is a code, rows and columns of what is computed, where that begins and its strides, the same
of up to three operands, and one number more. Values have 64 bits: an update's error does not grow
with the length of what is computed.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import functools
import math

import numpy as np
from numba.core import types

from seqmem.engines.fused.compiling import compile_callback, compiled, inlined
from seqmem.engines.fused.memory import float32_at, float64_at, read_integer
from seqmem.engines.fused.simd.types import Floats, Number

# The graph's names of operations, and what there is beside them.
NAMES = (
    "add", "subtract", "multiply", "divide", "negate", "sigmoid", "tanh", "relu", "softplus", "exp", "log", "sqrt",
    "sin", "cos", "absolute", "maximum", "minimum", "less", "less_equal", "where", "detach", "copy", "fill",
    "load_weight", "load_gradient", "store", "add_gradient", "sum", "amax", "matmul", "matrix_exponential",
)  # fmt: skip
CODES = {name: code for code, name in enumerate(NAMES)}
WIDTH = 16
ALL = 1 << 40  # numbers: views are not checked
TERMS = 16  # of the exponential's series: the last one is below 1e-16 where the norm is at most 1/2

(ADD, SUBTRACT, MULTIPLY, DIVIDE, NEGATE, SIGMOID, TANH, RELU, SOFTPLUS, EXP, LOG, SQRT, SIN, COS, ABSOLUTE, MAXIMUM,
 MINIMUM, LESS, LESS_EQUAL, WHERE, DETACH, COPY, FILL, LOAD_WEIGHT, LOAD_GRADIENT, STORE, ADD_GRADIENT, SUM, AMAX,
 MATMUL, MATRIX_EXPONENTIAL) = range(len(CODES))  # fmt: skip


def interpret(lanes: int, first: int, last: int, weights: int, gradient: int, values: int, _: int) -> None:
    """Run rows.

    Args:
        lanes: Address of the workspace.
        first, last: Addresses where the rows begin and end.
        weights: Address of the trial's weights.
        gradient, values: Offsets in the workspace, of the gradient and of the values.
    """
    given, gradients = float32_at(weights, ALL), float32_at(lanes + 4 * gradient, ALL)
    value = float64_at(lanes + 4 * values, ALL)
    for row in range(first, last, 8 * WIDTH):
        code = read_integer(row, 0)
        if code == MATMUL:
            _multiply(value, row)
        elif code == MATRIX_EXPONENTIAL:
            _exponentiate(value, read_integer(row, 1), read_integer(row, 3), read_integer(row, 6))
        elif code in (SUM, AMAX):
            _reduce(value, row)
        else:
            _apply(value, given, gradients, row)


@compiled
def _apply(value: Floats, given: Floats, gradients: Floats, row: int) -> None:
    """An operation number by number."""
    code, columns, extra = read_integer(row, 0), read_integer(row, 2), read_integer(row, 15)
    for r in range(read_integer(row, 1)):
        for c in range(columns):
            a = value[read_integer(row, 6) + r * read_integer(row, 7) + c * read_integer(row, 8)]
            out = read_integer(row, 3) + r * read_integer(row, 4) + c * read_integer(row, 5)
            if code == STORE:
                given[extra + r * columns + c] = a
            elif code == ADD_GRADIENT:
                gradients[extra + r * columns + c] += np.float32(a)
            elif code == LOAD_WEIGHT:
                value[out] = given[extra + r * columns + c]
            elif code == LOAD_GRADIENT:
                value[out] = gradients[extra + r * columns + c]
            elif code == FILL:
                value[out] = float64_at(row + 8 * 15, 1)[0]
            else:
                b = value[read_integer(row, 9) + r * read_integer(row, 10) + c * read_integer(row, 11)]
                other = value[read_integer(row, 12) + r * read_integer(row, 13) + c * read_integer(row, 14)]
                value[out] = _compute(code, a, b, other)


@inlined
def _compute(code: int, a: Number, b: Number, c: Number) -> Number:
    result = a  # of copies and what is detached
    if code == ADD:
        result = a + b
    elif code == SUBTRACT:
        result = a - b
    elif code == MULTIPLY:
        result = a * b
    elif code == DIVIDE:
        result = a / b
    elif code == NEGATE:
        result = -a
    elif code == SIGMOID:
        result = 1.0 / (1.0 + math.exp(-a)) if a >= 0.0 else math.exp(a) / (1.0 + math.exp(a))
    elif code == TANH:
        result = math.tanh(a)
    elif code == RELU:
        result = max(a, 0.0)
    elif code == SOFTPLUS:
        result = max(a, 0.0) + math.log1p(math.exp(-abs(a)))
    elif code == EXP:
        result = math.exp(a)
    elif code == LOG:
        result = math.log(a)
    elif code == SQRT:
        result = math.sqrt(a)
    elif code == SIN:
        result = math.sin(a)
    elif code == COS:
        result = math.cos(a)
    elif code == ABSOLUTE:
        result = abs(a)
    elif code == MAXIMUM:
        result = max(a, b)
    elif code == MINIMUM:
        result = min(a, b)
    elif code == LESS:
        result = 1.0 if a < b else 0.0
    elif code == LESS_EQUAL:
        result = 1.0 if a <= b else 0.0
    elif code == WHERE:
        result = b if a != 0.0 else c
    return result


@compiled
def _reduce(value: Floats, row: int) -> None:
    """Sums or largest numbers along the axes on which the result does not move on."""
    code, in_row, in_column = read_integer(row, 0), read_integer(row, 4) == 0, read_integer(row, 5) == 0
    for r in range(read_integer(row, 1)):
        for c in range(read_integer(row, 2)):
            x = value[read_integer(row, 6) + r * read_integer(row, 7) + c * read_integer(row, 8)]
            out = read_integer(row, 3) + r * read_integer(row, 4) + c * read_integer(row, 5)
            if (r == 0 or not in_row) and (c == 0 or not in_column):
                value[out] = x
            elif code == SUM:
                value[out] += x
            else:
                value[out] = max(value[out], x)


@compiled
def _multiply(value: Floats, row: int) -> None:
    out, a, b = read_integer(row, 3), read_integer(row, 6), read_integer(row, 9)
    columns = read_integer(row, 2)
    for r in range(read_integer(row, 1)):
        for c in range(columns):
            value[out + r * columns + c] = 0.0
        for k in range(read_integer(row, 15)):
            factor, right = (
                value[a + r * read_integer(row, 7) + k * read_integer(row, 8)],
                b + k * read_integer(row, 10),
            )
            for c in range(columns):
                value[out + r * columns + c] += factor * value[right + c * read_integer(row, 11)]


@compiled
def _exponentiate(value: Floats, size: int, out: int, x: int) -> None:
    """e^x by its series, of x halved until its norm is small, squared as often; two matrices are free behind `out`."""
    count = size * size
    norm = 0.0
    for r in range(size):
        norm = max(norm, np.abs(value[x + r * size : x + (r + 1) * size]).sum())
    halvings = max(0, math.ceil(math.log2(norm)) + 1) if norm > 0.0 and math.isfinite(norm) else 0
    scaled, other = out + count, out + 2 * count
    for i in range(count):
        value[scaled + i] = value[x + i] / 2.0**halvings
        value[out + i] = 1.0 if i % (size + 1) == 0 else 0.0
    for term in range(TERMS, 0, -1):  # 1 + x/1 (1 + x/2 (1 + ..))
        _square(value, size, other, scaled, out)
        for i in range(count):
            value[out + i] = value[other + i] / term + (1.0 if i % (size + 1) == 0 else 0.0)
    for _ in range(halvings):
        _square(value, size, other, out, out)
        value[out : out + count] = value[other : other + count]


@compiled
def _square(value: Floats, size: int, out: int, a: int, b: int) -> None:
    """The product of two square matrices."""
    for r in range(size):
        value[out + r * size : out + (r + 1) * size] = 0.0
        for k in range(size):
            factor = value[a + r * size + k]
            for c in range(size):
                value[out + r * size + c] += factor * value[b + k * size + c]


@functools.cache
def find_interpreter() -> int:
    """Compile the interpreter, or load it from disk; return its address."""
    return int(compile_callback(interpret, *(types.int64,) * 7).address)
