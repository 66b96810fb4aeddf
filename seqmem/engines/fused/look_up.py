"""Symbols looked up in a table of weights, and the gradient of that table.

A one-hot vector times a matrix is one of its columns; an embedding is one of its rows. Both are
a table in which symbol v has the number of row r at table + r row_stride + v symbol_stride.
"""

from __future__ import annotations

import numpy as np

from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.kinds import Floats, Integers
from seqmem.engines.fused.products import add_weight_gradient
from seqmem.engines.fused.symbols import PERMUTES, first_symbols, gather, is_symbol, load_symbols, permute
from seqmem.engines.fused.target import BLOCK, LANES
from seqmem.engines.fused.tile import store_transposed
from seqmem.engines.fused.vector import (
    load,
    splat,
    splat_at,
    store,
)

f4 = np.float32

# Up to this size of the alphabet, the gradient is a product with one-hot vectors.
ONE_HOT = 24


@compiled
def look_up(
    weights: Floats,
    table: int,
    row_stride: int,
    symbol_stride: int,
    alphabet: int,
    symbols: Integers,
    first: int,
    bias: int,
    lanes: Floats,
    y: int,
    y_stride: int,
    rows: int,
    num_steps: int,
) -> None:
    """Set y = bias + the symbols' numbers, `rows` rows at y + t y_stride; no bias if it is -1.

    Args:
        symbols: Holds the block's symbols at first + t BLOCK.
        bias: Offset in `lanes` of (rows,) numbers.
    """
    for row in range(rows):
        entry = table + row * row_stride
        shift = splat_at(lanes, bias + row) if bias >= 0 else splat(f4(0.0))
        place = y + row * BLOCK
        if PERMUTES and alphabet <= LANES:
            numbers = gather(weights, entry, symbol_stride, first_symbols(alphabet)) + shift
            for symbol in range(first, first + num_steps * BLOCK, BLOCK):
                store(lanes, place, permute(numbers, load_symbols(symbols, symbol)))
                store(lanes, place + LANES, permute(numbers, load_symbols(symbols, symbol + LANES)))
                place += y_stride
        else:
            for symbol in range(first, first + num_steps * BLOCK, BLOCK):
                left = gather(weights, entry, symbol_stride, load_symbols(symbols, symbol))
                right = gather(weights, entry, symbol_stride, load_symbols(symbols, symbol + LANES))
                store(lanes, place, left + shift)
                store(lanes, place + LANES, right + shift)
                place += y_stride


@compiled
def write_one_hot(symbols: Integers, first: int, alphabet: int, lanes: Floats, x: int, num_steps: int) -> None:
    """Write the symbols as one-hot vectors, `alphabet` rows a step."""
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
        one_hot: Offset of the symbols as `write_one_hot` wrote them, for alphabets up to
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
    for place in range(sums, sums + alphabet * LANES, LANES):
        store(lanes, place, splat(f4(0.0)))
    for t in range(num_steps):
        for half in range(0, BLOCK, LANES):
            store_transposed(lanes, y + t * y_stride + half, lanes, turned)
            for lane in range(LANES):
                place = sums + symbols[first + t * BLOCK + half + lane] * LANES
                store(lanes, place, load(lanes, place) + load(lanes, turned + lane * LANES))
    for symbol in range(alphabet):
        for row in range(rows):
            gradient[table + row * row_stride + symbol * symbol_stride] += lanes[sums + symbol * LANES + row]
