"""Symbols looked up in a table of weights, and the gradient of that table.

A one-hot vector times a matrix is one of its columns; an embedding is one of its rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqmem.engines.fused.blocks.symbols import PERMUTES, first_symbols, gather, is_symbol, load_symbols, permute
from seqmem.engines.fused.compiling import compiled, inlined
from seqmem.engines.fused.simd.products import Rows, add_weight_gradient
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


class Table(NamedTuple):
    """A table in which symbol v has its number of row r at offset + r row_stride + v symbol_stride of an array.

    One of the strides is 1.
    """

    numbers: Floats
    offset: int
    rows: int
    row_stride: int
    alphabet: int
    symbol_stride: int


class Text(NamedTuple):
    """The symbols of a block, step by step: from `first` on, and as one-hot vectors from `one_hot` on in the lanes."""

    symbols: Integers
    first: int
    one_hot: int


# Up to this size of the alphabet, the gradient is a product with one-hot vectors.
ONE_HOT = 24


def permutes(alphabet: int) -> bool:
    """Whether symbols are looked up by permuting a vector, from a table prepared for that."""
    return PERMUTES and alphabet <= LANES


@compiled
def prepare_table(table: Table, bias: int, lanes: Floats, prepared: int) -> None:
    """Write a table of at most LANES symbols, bias added, as a vector a row."""
    for row in range(table.rows):
        first = table.offset + row * table.row_stride
        numbers = gather(table.numbers, first, table.symbol_stride, first_symbols(table.alphabet))
        if bias >= 0:
            numbers = numbers + splat_at(lanes, bias + row)
        store(lanes, prepared + row * LANES, numbers)


@inlined
def look_up(table: Table, bias: int, prepared: int, symbols: Integers, first: int, lanes: Floats, y: int) -> None:
    """Set y (rows of the table) = bias + the symbols' numbers, for the symbols of one step.

    Args:
        bias: Offset in `lanes` of (rows,) numbers, or -1 for none.
        prepared: Offset of what `prepare_table` wrote, or -1 if it did not.
        symbols: Holds the step's symbols from `first` on.
    """
    left, right = load_symbols(symbols, first), load_symbols(symbols, first + LANES)
    if PERMUTES and prepared >= 0:
        for row in range(table.rows):
            numbers = load(lanes, prepared + row * LANES)
            store(lanes, y + row * BLOCK, permute(numbers, left))
            store(lanes, y + row * BLOCK + LANES, permute(numbers, right))
        return
    for row in range(table.rows):
        shift = splat_at(lanes, bias + row) if bias >= 0 else splat(f4(0.0))
        offset = table.offset + row * table.row_stride
        store(lanes, y + row * BLOCK, gather(table.numbers, offset, table.symbol_stride, left) + shift)
        store(lanes, y + row * BLOCK + LANES, gather(table.numbers, offset, table.symbol_stride, right) + shift)


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
def add_table_gradient(table: Table, lanes: Floats, y: Rows, text: Text, num_steps: int, scratch: int) -> None:
    """Add to the gradient of a table, itself a table, that of `look_up`, from the gradient y of what it gave.

    Args:
        text: With one-hot vectors as `store_one_hot` wrote them, for alphabets up to ONE_HOT.
        scratch: Offset of LANES (LANES + alphabet) free numbers.
    """
    if table.alphabet > ONE_HOT:
        for row in range(0, table.rows, LANES):
            size, offset = min(LANES, table.rows - row), table.offset + row * table.row_stride
            part = Table(table.numbers, offset, size, table.row_stride, table.alphabet, table.symbol_stride)
            _add_scattered(part, lanes, Rows(y.offset + row * BLOCK, size, y.stride), text, num_steps, scratch)
        return
    one_hot = Rows(text.one_hot, table.alphabet, table.alphabet * BLOCK)
    if table.symbol_stride == 1:
        add_weight_gradient(lanes, y, one_hot, 0, num_steps, table.numbers, table.offset, table.alphabet, scratch)
    else:
        add_weight_gradient(lanes, one_hot, y, 0, num_steps, table.numbers, table.offset, y.size, scratch)


@compiled
def _add_scattered(table: Table, lanes: Floats, y: Rows, text: Text, num_steps: int, scratch: int) -> None:
    """Add at most LANES rows to each lane's symbol, in a table of their own."""
    turned, sums = scratch, scratch + LANES * LANES
    for offset in range(sums, sums + table.alphabet * LANES, LANES):
        store(lanes, offset, splat(f4(0.0)))
    for t in range(num_steps):
        for half in range(0, BLOCK, LANES):
            store_transposed(lanes, y.offset + t * y.stride + half, lanes, turned)
            for lane in range(LANES):
                offset = sums + text.symbols[text.first + t * BLOCK + half + lane] * LANES
                store(lanes, offset, load(lanes, offset) + load(lanes, turned + lane * LANES))
    for symbol in range(table.alphabet):
        for row in range(table.rows):
            number = table.offset + row * table.row_stride + symbol * table.symbol_stride
            table.numbers[number] += lanes[sums + symbol * LANES + row]
