"""Register tiles: a few rows of accumulators that stay in registers through a loop.

A tile is a tuple of vectors. As tuples have their length in their type, one function here serves
tiles of any height.
"""

# Code that writes LLVM instructions is called by numba, which has no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,attr-defined,untyped-decorator,no-any-return"

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.core.typing import signature

from seqmem.engines.fused.compiling import intrinsic
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.vector import (
    FLOAT,
    FLOATS,
    call,
    load_floats,
    pointer,
    shuffle,
    spread,
    store_floats,
    vector,
)

FUSED = f"llvm.fmuladd.v{LANES}f32"


@intrinsic(prefer_literal=True)
def fill(typing, count, value):
    """A tile of `count` equal vectors; `count` is a literal."""
    tile = types.UniTuple(vector, count.literal_value)

    def generate(context, builder, sig, args):
        return context.make_tuple(builder, tile, [args[1]] * tile.count)

    return signature(tile, count, vector), generate


@intrinsic
def add_weighted(typing, tile, weights, index, stride, lanes, offset):
    """tile[r] += weights[index + r stride] x, for both vectors x of the block at lanes[offset]."""

    def generate(context, builder, sig, args):
        tile, weights, index, stride, lanes, offset = args
        second = builder.add(offset, ir.Constant(offset.type, LANES))
        left = load_floats(context, builder, sig.args[4], lanes, offset)
        right = load_floats(context, builder, sig.args[4], lanes, second)
        sums = []
        for row in range(sig.args[0].count // 2):
            weight = spread(builder, builder.load(pointer(context, builder, sig.args[1], weights, index, FLOAT)))
            for half, value in enumerate((left, right)):
                sums.append(call(builder, FUSED, FLOATS, [weight, value, builder.extract_value(tile, 2 * row + half)]))
            index = builder.add(index, stride)
        return context.make_tuple(builder, sig.args[0], sums)

    return signature(tile, tile, weights, types.intp, types.intp, lanes, types.intp), generate


@intrinsic
def add_products(typing, tile, rows, row, columns, column):
    """tile[r C + c] += rows[row + r BLOCK] columns[column + c BLOCK], lane by lane; C = len(tile) / 4."""

    def generate(context, builder, sig, args):
        tile, rows, row, columns, column = args
        width = sig.args[0].count // 4

        def load_all(kind, array, offset, count):
            offsets = [builder.add(offset, ir.Constant(offset.type, i * BLOCK)) for i in range(count)]
            return [load_floats(context, builder, kind, array, row) for row in offsets]

        left = load_all(sig.args[1], rows, row, 4)
        right = load_all(sig.args[3], columns, column, width)
        sums = [
            call(builder, FUSED, FLOATS, [left[r], right[c], builder.extract_value(tile, r * width + c)])
            for r in range(4)
            for c in range(width)
        ]
        return context.make_tuple(builder, sig.args[0], sums)

    return signature(tile, tile, rows, types.intp, columns, types.intp), generate


@intrinsic
def sum_tile(typing, tile):
    """Sum each of LANES vectors over its lanes: lane i of the result is the sum of tile[i]."""

    def generate(context, builder, sig, args):
        values = [builder.extract_value(args[0], i) for i in range(LANES)]
        half = LANES // 2
        while half:
            # Lane groups of two halves: the first vector's folded half goes left, the second's right.
            starts = range(0, LANES, 2 * half)
            low = [
                lane
                for start in starts
                for lane in (*range(start, start + half), *range(LANES + start, LANES + start + half))
            ]
            high = [lane + half for lane in low]
            pairs = zip(values[: len(values) // 2], values[len(values) // 2 :], strict=True)
            values = [builder.fadd(shuffle(builder, a, b, low), shuffle(builder, a, b, high)) for a, b in pairs]
            half //= 2
        return values[0]

    return signature(vector, tile), generate


@intrinsic(prefer_literal=True)
def load_rows(typing, count, array, offset, stride):
    """A tile of `count` rows of a block (2 vectors each), at offset, offset + stride, ..; `count` is a literal."""
    tile = types.UniTuple(vector, 2 * count.literal_value)

    def generate(context, builder, sig, args):
        _, array, offset, stride = args
        values = []
        for _ in range(tile.count // 2):
            values.append(load_floats(context, builder, sig.args[1], array, offset))
            second = builder.add(offset, ir.Constant(offset.type, LANES))
            values.append(load_floats(context, builder, sig.args[1], array, second))
            offset = builder.add(offset, stride)
        return context.make_tuple(builder, tile, values)

    return signature(tile, count, array, types.intp, types.intp), generate


@intrinsic(prefer_literal=True)
def splat_rows(typing, count, array, index, stride):
    """A tile of `count` rows whose lanes are all array[index], array[index + stride], ..; `count` is a literal."""
    tile = types.UniTuple(vector, 2 * count.literal_value)

    def generate(context, builder, sig, args):
        _, array, index, stride = args
        values = []
        for _ in range(tile.count // 2):
            value = spread(builder, builder.load(pointer(context, builder, sig.args[1], array, index, FLOAT)))
            values += [value, value]
            index = builder.add(index, stride)
        return context.make_tuple(builder, tile, values)

    return signature(tile, count, array, types.intp, types.intp), generate


@intrinsic
def store_rows(typing, tile, array, offset, limit):
    """Store the tile's rows that are below `limit` at offset, offset + BLOCK, .."""

    def generate(context, builder, sig, args):
        tile, array, offset, limit = args
        for row in range(sig.args[0].count // 2):
            with builder.if_then(builder.icmp_signed("<", ir.Constant(limit.type, row), limit)):
                for half in range(2):
                    at = builder.add(offset, ir.Constant(offset.type, row * BLOCK + half * LANES))
                    value = builder.extract_value(tile, 2 * row + half)
                    store_floats(context, builder, sig.args[1], array, at, value)
        return context.get_dummy_value()

    return signature(types.void, tile, array, types.intp, types.intp), generate


@intrinsic
def add_quarters(typing, sums, array, index, stride):
    """Add the four quarters of a vector to array[index :], array[index + stride :], .."""

    def generate(context, builder, sig, args):
        sums, array, index, stride = args
        width = LANES // 4
        kind = ir.VectorType(FLOAT, width)
        for row in range(4):
            address = pointer(context, builder, sig.args[1], array, index, kind)
            quarter = shuffle(builder, sums, sums, list(range(row * width, (row + 1) * width)))
            old = builder.load(address)
            old.align = 4
            builder.store(builder.fadd(old, quarter), address).align = 4
            index = builder.add(index, stride)
        return context.get_dummy_value()

    return signature(types.void, sums, array, types.intp, types.intp), generate


@intrinsic
def store_transposed(typing, source, offset, target, target_offset):
    """Turn LANES rows of LANES lanes: target[target_offset + l LANES + r] = source[offset + r BLOCK + l]."""

    def generate(context, builder, sig, args):
        source, offset, target, target_offset = args
        values = [
            load_floats(context, builder, sig.args[0], source, builder.add(offset, ir.Constant(offset.type, r * BLOCK)))
            for r in range(LANES)
        ]
        half = LANES // 2
        while half:  # exchange off-diagonal halves of ever smaller squares
            starts = range(0, LANES, 2 * half)
            low = [lane + side for s in starts for side in (0, LANES) for lane in range(s, s + half)]
            high = [lane + half for lane in low]
            for first in (r for r in range(LANES) if not r & half):
                a, b = values[first], values[first + half]
                values[first], values[first + half] = shuffle(builder, a, b, low), shuffle(builder, a, b, high)
            half //= 2
        for lane, value in enumerate(values):
            at = builder.add(target_offset, ir.Constant(target_offset.type, lane * LANES))
            store_floats(context, builder, sig.args[2], target, at, value)
        return context.get_dummy_value()

    return signature(types.void, source, types.intp, target, types.intp), generate
