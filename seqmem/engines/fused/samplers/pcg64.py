"""Many draws at a time from PCG64, numpy's default generator.

Its state s is 128 bits; a draw steps to M s + c and scrambles that. Here two steps are taken at
once, of which the second does not wait for the first: a long row of draws takes half the time
of as many calls of numpy's function.

Source: O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for
Random Number Generation", HMC-CS-2014-0905, 2014; XSL RR 128/64.
"""

# Code that writes LLVM instructions is called by numba, which has no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,attr-defined,untyped-decorator,no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.typing import signature

from seqmem.engines.fused.compiling import compiled, inlined, intrinsic
from seqmem.engines.fused.memory import int64_at
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.simd.types import Floats, Integers, Struct

WIDE = ir.IntType(128)
WORD = ir.IntType(64)
PAIR = types.UniTuple(types.int64, 2)  # low word, high word

MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
TWICE = MULTIPLIER * MULTIPLIER % 2**128


def _split(number: int) -> tuple[int, int]:
    """The words of a 128-bit number, as signed integers."""
    low, high = np.array([number % 2**64, number >> 64], np.uint64).view(np.int64).tolist()
    return low, high


ONE_STEP, TWO_STEPS = _split(MULTIPLIER), _split(TWICE)
INCREMENTS = _split(MULTIPLIER + 1)  # two steps add M c + c


@intrinsic
def _multiply_add(typing, a, b, c):
    """A b + c of 128-bit numbers."""

    def generate(context, builder, sig, args):
        def join(pair: Any) -> Any:
            low = builder.zext(builder.extract_value(pair, 0), WIDE)
            high = builder.zext(builder.extract_value(pair, 1), WIDE)
            return builder.or_(low, builder.shl(high, ir.Constant(WIDE, 64)))

        total = builder.add(builder.mul(join(args[0]), join(args[1])), join(args[2]))
        high = builder.trunc(builder.lshr(total, ir.Constant(WIDE, 64)), WORD)
        return context.make_tuple(builder, PAIR, [builder.trunc(total, WORD), high])

    return signature(PAIR, PAIR, PAIR, PAIR), generate


@intrinsic
def _scramble(typing, state):
    """The double in 0 .. 1 that a state stands for."""

    def generate(context, builder, sig, args):
        low, high = builder.extract_value(args[0], 0), builder.extract_value(args[0], 1)
        mixed, turn = builder.xor(low, high), builder.lshr(high, ir.Constant(WORD, 58))
        back = builder.and_(builder.neg(turn), ir.Constant(WORD, 63))
        number = builder.or_(builder.lshr(mixed, turn), builder.shl(mixed, back))
        upper = builder.uitofp(builder.lshr(number, ir.Constant(WORD, 11)), ir.DoubleType())
        return builder.fmul(upper, ir.Constant(ir.DoubleType(), 2.0**-53))

    return signature(types.float64, PAIR), generate


@inlined
def words(state: int) -> Any:
    """The generator's state and what a step adds, two words each, from the address of its state."""
    return int64_at(int64_at(state, 1)[0], 4)


@compiled
def draw_symbols(trial: Struct, symbols: Integers, low: int, high: int, first_step: int) -> None:
    """Draw all sequences' symbols from a step on, uniform in low .. high - 1, sequence by sequence."""
    generator = words(trial.draw_state)
    state, increment = (generator[0], generator[1]), (generator[2], generator[3])
    both = _multiply_add(INCREMENTS, increment, (0, 0))
    span, steps = high - low, trial.max_length - first_step
    for sequence in range(trial.batch_size):
        block = sequence // BLOCK * trial.max_length + first_step
        offset = block * BLOCK + sequence % BLOCK
        for _ in range(steps // 2):
            one = _multiply_add(ONE_STEP, state, increment)
            state = _multiply_add(TWO_STEPS, state, both)
            symbols[offset] = low + np.int64(_scramble(one) * span)
            symbols[offset + BLOCK] = low + np.int64(_scramble(state) * span)
            offset += 2 * BLOCK
        if steps % 2 == 1:
            state = _multiply_add(ONE_STEP, state, increment)
            symbols[offset] = low + np.int64(_scramble(state) * span)
    generator[0], generator[1] = state


@compiled
def draw_uniform(trial: Struct, lanes: Floats, offset: int, stride: int, count: int) -> None:
    """Draw numbers uniform in 0 .. 1, one every `stride` from an offset on."""
    generator = words(trial.draw_state)
    state, increment = (generator[0], generator[1]), (generator[2], generator[3])
    both = _multiply_add(INCREMENTS, increment, (0, 0))
    for _ in range(count // 2):
        one = _multiply_add(ONE_STEP, state, increment)
        state = _multiply_add(TWO_STEPS, state, both)
        lanes[offset] = _scramble(one)
        lanes[offset + stride] = _scramble(state)
        offset += 2 * stride
    if count % 2 == 1:
        state = _multiply_add(ONE_STEP, state, increment)
        lanes[offset] = _scramble(state)
    generator[0], generator[1] = state
