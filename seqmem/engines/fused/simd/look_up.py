"""Symbols looked up in a table of weights, and the gradient of that table.

A one-hot vector times a matrix is one of its columns; an embedding is one of its rows. Both are
a table in which symbol v has the number of row r at table + r row_stride + v symbol_stride.
"""

from __future__ import annotations

import numpy as np

from seqmem.engines.fused.blocks.symbols import PERMUTES, first_symbols, gather, is_symbol, load_symbols, permute
from seqmem.engines.fused.compiling import compiled, inlined
from seqmem.engines.fused.simd.products import add_weight_gradient
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.tile import store_transposed
from seqmem.engines.fused.simd.types import Floats, Integers
from seqmem.engines.fused.simd.vector import (
    load,
    splat,
    splat_at,
    store,
)

f4 = np.float32

# Up to this size of the alphabet, the gradient is a product with one-hot vectors.
ONE_HOT = 24


def permutes(alphabet: int) -> bool:
    """Whether symbols are looked up by permuting a vector, from a table prepared for that."""
    return PERMUTES and alphabet <= LANES


@compiled
def prepare_table(
    weights: Floats,
    table: int,
    row_stride: int,
    symbol_stride: int,
    alphabet: int,
    bias: int,
    lanes: Floats,
    prepared: int,
    rows: int,
) -> None:
    """Write a table of at most LANES symbols, bias added, as a vector a row."""
    for row in range(rows):
        numbers = gather(weights, table + row * row_stride, symbol_stride, first_symbols(alphabet))
        if bias >= 0:
            numbers = numbers + splat_at(lanes, bias + row)
        store(lanes, prepared + row * LANES, numbers)


@inlined
def look_up(
    weights: Floats,
    table: int,
    row_stride: int,
    symbol_stride: int,
    bias: int,
    prepared: int,
    symbols: Integers,
    first: int,
    lanes: Floats,
    y: int,
    rows: int,
) -> None:
    """Set y (rows) = bias + the symbols' numbers, for the symbols of one step.

    Args:
        bias: Offset in `lanes` of (rows,) numbers, or -1 for none.
        prepared: Offset of what `prepare_table` wrote, or -1 if it did not.
        symbols: Holds the step's symbols from `first` on.
    """
    left, right = load_symbols(symbols, first), load_symbols(symbols, first + LANES)
    if PERMUTES and prepared >= 0:
        for row in range(rows):
            numbers = load(lanes, prepared + row * LANES)
            store(lanes, y + row * BLOCK, permute(numbers, left))
            store(lanes, y + row * BLOCK + LANES, permute(numbers, right))
        return
    for row in range(rows):
        shift = splat_at(lanes, bias + row) if bias >= 0 else splat(f4(0.0))
        offset = table + row * row_stride
        store(lanes, y + row * BLOCK, gather(weights, offset, symbol_stride, left) + shift)
        store(lanes, y + row * BLOCK + LANES, gather(weights, offset, symbol_stride, right) + shift)


@compiled
def store_one_hot(symbols: Integers, first: int, alphabet: int, lanes: Floats, x: int, num_steps: int) -> None:
    """Store the symbols as one-hot vectors, `alphabet` rows a step."""
    for symbol in range(first, first + num_steps * BLOCK, BLOCK):
        left, right = load_symbols(symbols, symbol), load_symbols(symbols, symbol + LANES)
        for number in range(alphabet):
            store(lanes, x, is_symbol(left, number))
            store(lanes, x + LANES, is_symbol(right, number))
            x += BLOCK


@compiled
def add_table_gradient(
    lanes: Floats,
    y: int,
    y_stride: int,
    rows: int,
    symbols: Integers,
    first: int,
    alphabet: int,
    num_steps: int,
    one_hot: int,
    gradient: Floats,
    table: int,
    row_stride: int,
    scratch: int,
) -> None:
    """Add to the table's gradient that of `look_up`, from the gradient y of what it gave.

    Args:
        one_hot: Offset of the symbols as `store_one_hot` wrote them, for alphabets up to
            ONE_HOT.
        row_stride: As in `look_up`; either it or the symbol's stride is 1.
        scratch: Offset of LANES (LANES + alphabet) free numbers.
    """
    symbol_stride = 1 if row_stride == alphabet else rows
    if alphabet > ONE_HOT:
        for row in range(0, rows, LANES):
            _add_scattered(
                lanes, y + row * BLOCK, y_stride, min(LANES, rows - row), symbols, first, alphabet, num_steps,
                gradient, table + row * row_stride, row_stride, symbol_stride, scratch,
            )  # fmt: skip
    elif symbol_stride == 1:
        stride = alphabet * BLOCK
        add_weight_gradient(
            lanes, y, y_stride, rows, one_hot, stride, alphabet, num_steps, gradient, table, scratch
        )  # fmt: skip
    else:
        stride = alphabet * BLOCK
        add_weight_gradient(
            lanes, one_hot, stride, alphabet, y, y_stride, rows, num_steps, gradient, table, scratch
        )  # fmt: skip


@compiled
def _add_scattered(
    lanes: Floats,
    y: int,
    y_stride: int,
    rows: int,
    symbols: Integers,
    first: int,
    alphabet: int,
    num_steps: int,
    gradient: Floats,
    table: int,
    row_stride: int,
    symbol_stride: int,
    scratch: int,
) -> None:
    """Add LANES rows at a time to each lane's symbol, in a table of their own."""
    turned, sums = scratch, scratch + LANES * LANES
    for offset in range(sums, sums + alphabet * LANES, LANES):
        store(lanes, offset, splat(f4(0.0)))
    for t in range(num_steps):
        for half in range(0, BLOCK, LANES):
            store_transposed(lanes, y + t * y_stride + half, lanes, turned)
            for lane in range(LANES):
                offset = sums + symbols[first + t * BLOCK + half + lane] * LANES
                store(lanes, offset, load(lanes, offset) + load(lanes, turned + lane * LANES))
    for symbol in range(alphabet):
        for row in range(rows):
            gradient[table + row * row_stride + symbol * symbol_stride] += lanes[sums + symbol * LANES + row]
