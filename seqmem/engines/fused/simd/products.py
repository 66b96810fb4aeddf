"""Products of weights with blocks of sequences, by register tiles.

A matrix of lanes is stored row by row, BLOCK numbers a row; weights are row-major. Tiles have a
fixed height: one that reaches past the last row reads what stands behind it, and drops it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqmem.engines.fused.compiling import compiled, inlined
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.tile import (
    add_products,
    add_quarters,
    add_weighted,
    fill,
    load_rows,
    splat_rows,
    store_rows,
    sum_tile,
)
from seqmem.engines.fused.simd.types import Floats, Vec
from seqmem.engines.fused.simd.vector import load, splat, store, sum_lanes

f4 = np.float32

TILE_ROWS = 8 if LANES == 16 else 4
TILE_VECTORS = 2 * TILE_ROWS
TILE_COLUMNS = LANES // 4  # of a weight gradient, whose tiles have 4 rows
RESIDENT = 32 * 1024 // 4  # floats that stay in the first cache while a weight gradient is formed


class Rows(NamedTuple):
    """Rows of lanes that there are at every step.

    offset: Of the first step's.
    size: How many there are.
    stride: From step to step.
    """

    offset: int
    size: int
    stride: int


@inlined
def accumulate(
    tile: Vec, weights: int, index: int, row_stride: int, stride: int, lanes: int, offset: int, count: int
) -> Vec:
    """tile[r] += sum over k < count of weights[index + r row_stride + k stride] lanes[offset + k BLOCK]."""
    for _ in range(count):
        tile = add_weighted(tile, weights, index, row_stride, lanes, offset)
        index += stride
        offset += BLOCK
    return tile


class Matrix(NamedTuple):
    """A block of a matrix of weights.

    address: Of the weights; the block begins `offset` numbers on.
    width: From row to row.
    rows, columns: Of the block, transposed where it is.
    """

    address: int
    offset: int
    width: int
    rows: int
    columns: int


class Start(NamedTuple):
    """What a product begins with: PLAIN for zero, ADDED for what is there, BIASED for numbers somewhere."""

    kind: int
    address: int
    offset: int


PLAIN, ADDED, BIASED = range(3)


@inlined
def _multiply(w: Matrix, row_stride: int, stride: int, start: Start, lanes: int, x: int, y: int) -> None:
    zero = splat(f4(0.0))
    row = 0
    while w.rows - row > 4:
        tile = fill(TILE_VECTORS, zero)
        if start.kind == ADDED:
            tile = load_rows(TILE_ROWS, lanes, y + row * BLOCK, BLOCK)
        elif start.kind == BIASED:
            tile = splat_rows(TILE_ROWS, start.address, start.offset + row, 1)
        index = w.offset + row * row_stride
        tile = accumulate(tile, w.address, index, row_stride, stride, lanes, x, w.columns)
        store_rows(tile, lanes, y + row * BLOCK, w.rows - row)
        row += TILE_ROWS
    if row < w.rows:
        short = fill(8, zero)
        if start.kind == ADDED:
            short = load_rows(4, lanes, y + row * BLOCK, BLOCK)
        elif start.kind == BIASED:
            short = splat_rows(4, start.address, start.offset + row, 1)
        index = w.offset + row * row_stride
        short = accumulate(short, w.address, index, row_stride, stride, lanes, x, w.columns)
        store_rows(short, lanes, y + row * BLOCK, w.rows - row)


@compiled
def multiply(w: Matrix, start: Start, lanes: int, x: int, y: int) -> None:
    """Set y = W x + start, by the address of the lanes and offsets of x (columns) and y (rows)."""
    _multiply(w, w.width, 1, start, lanes, x, y)


@compiled
def multiply_transposed(w: Matrix, start: Start, lanes: int, x: int, y: int) -> None:
    """As `multiply`, of a matrix that stands transposed among the weights."""
    _multiply(w, 1, w.width, start, lanes, x, y)


@compiled
def add_weight_gradient(
    lanes: Floats,
    y: Rows,
    x: Rows,
    reached: int,
    num_steps: int,
    gradient: Floats,
    weight: int,
    width: int,
    scratch: int,
) -> None:
    """Add to gradient (rows of y, rows of x), which begins at `weight`, the sum of y x^T over steps and lanes.

    Args:
        lanes: Holds y and x.
        reached: The first step at which y counts; the sum is the same to the bit as if y were zero
            at those before.
        width: From row to row of the gradient.
        scratch: Offset in `lanes` of LANES free numbers.
    """
    rows, columns = y.size, x.size
    chunk = max(8, RESIDENT // ((columns + 8) * BLOCK))
    for start in range(0, num_steps, chunk):
        begin, end = max(start, reached), min(start + chunk, num_steps)
        if begin >= end:
            continue
        for row in range(0, rows, 4):
            for column in range(0, columns, TILE_COLUMNS):
                tile = fill(LANES, splat(f4(0.0)))
                left = y.offset + begin * y.stride + row * BLOCK
                right = x.offset + begin * x.stride + column * BLOCK
                for _ in range(begin, end):
                    tile = add_products(tile, lanes, left, lanes, right)
                    tile = add_products(tile, lanes, left + LANES, lanes, right + LANES)
                    left += y.stride
                    right += x.stride
                sums = sum_tile(tile)
                offset = weight + row * width + column
                if row + 4 <= rows and column + TILE_COLUMNS <= columns:
                    add_quarters(sums, gradient, offset, width)
                else:
                    store(lanes, scratch, sums)
                    for r in range(min(4, rows - row)):
                        for c in range(min(TILE_COLUMNS, columns - column)):
                            gradient[offset + r * width + c] += lanes[scratch + r * TILE_COLUMNS + c]


@compiled
def add_row_sums(lanes: Floats, y: Rows, reached: int, num_steps: int, gradient: Floats, bias: int) -> None:
    """Add to gradient (rows of y,), which begins at `bias`, the sum of y over steps from `reached` on, and lanes."""
    for row in range(y.size):
        left = splat(f4(0.0))
        right = left
        offset = y.offset + reached * y.stride + row * BLOCK
        for _ in range(reached, num_steps):
            left = left + load(lanes, offset)
            right = right + load(lanes, offset + LANES)
            offset += y.stride
        gradient[bias + row] += sum_lanes(left + right)


@compiled
def clear(lanes: Floats, offset: int, rows: int) -> None:
    """Set `rows` rows to zero."""
    for row in range(offset, offset + rows * BLOCK, LANES):
        store(lanes, row, splat(f4(0.0)))


@compiled
def add_rows(lanes: Floats, x: int, y: int, rows: int) -> None:
    """Set x += y."""
    for offset in range(0, rows * BLOCK, LANES):
        store(lanes, x + offset, load(lanes, x + offset) + load(lanes, y + offset))
