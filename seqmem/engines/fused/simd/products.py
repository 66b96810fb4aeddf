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
    tile: Vec, weights: Floats, index: int, row_stride: int, stride: int, lanes: Floats, offset: int, count: int
) -> Vec:
    """tile[r] += sum over k < count of weights[index + r row_stride + k stride] lanes[offset + k BLOCK]."""
    for _ in range(count):
        tile = add_weighted(tile, weights, index, row_stride, lanes, offset)
        index += stride
        offset += BLOCK
    return tile


@inlined
def accumulate_two(
    a: Vec, b: Vec, weights: Floats, first: int, second: int, row_stride: int, lanes: Floats, offset: int, count: int
) -> tuple[Vec, Vec]:
    """`accumulate` two tiles over the same lanes: side by side, if the registers hold both."""
    if LANES == 16:
        for _ in range(count):
            a = add_weighted(a, weights, first, row_stride, lanes, offset)
            b = add_weighted(b, weights, second, row_stride, lanes, offset)
            first += 1
            second += 1
            offset += BLOCK
        return a, b
    a = accumulate(a, weights, first, row_stride, 1, lanes, offset, count)
    b = accumulate(b, weights, second, row_stride, 1, lanes, offset, count)
    return a, b


@compiled
def multiply(
    weights: Floats, weight: int, rows: int, columns: int, bias: Floats, first_bias: int, lanes: Floats, x: int, y: int
) -> None:
    """Set y = W x + b: weight (rows, columns) of `weights`, and lanes x (columns), y (rows)."""
    row = 0
    while rows - row > 4:
        tile = splat_rows(TILE_ROWS, bias, first_bias + row, 1)
        tile = accumulate(tile, weights, weight + row * columns, columns, 1, lanes, x, columns)
        store_rows(tile, lanes, y + row * BLOCK, rows - row)
        row += TILE_ROWS
    if row < rows:
        short = splat_rows(4, bias, first_bias + row, 1)
        short = accumulate(short, weights, weight + row * columns, columns, 1, lanes, x, columns)
        store_rows(short, lanes, y + row * BLOCK, rows - row)


@compiled
def multiply_transposed(
    weights: Floats, weight: int, rows: int, columns: int, lanes: Floats, y: int, x: int, add: bool
) -> None:
    """Set x = W^T y, or add to it: weight (rows, columns), lanes y (rows), x (columns)."""
    zero = splat(f4(0.0))
    column = 0
    while columns - column > 4:
        tile = fill(TILE_VECTORS, zero)
        if add:
            tile = load_rows(TILE_ROWS, lanes, x + column * BLOCK, BLOCK)
        tile = accumulate(tile, weights, weight + column, 1, columns, lanes, y, rows)
        store_rows(tile, lanes, x + column * BLOCK, columns - column)
        column += TILE_ROWS
    if column < columns:
        short = fill(8, zero)
        if add:
            short = load_rows(4, lanes, x + column * BLOCK, BLOCK)
        short = accumulate(short, weights, weight + column, 1, columns, lanes, y, rows)
        store_rows(short, lanes, x + column * BLOCK, columns - column)


@compiled
def add_weight_gradient(
    lanes: Floats, y: Rows, x: Rows, num_steps: int, gradient: Floats, weight: int, scratch: int
) -> None:
    """Add to gradient (rows of y, rows of x), which begins at `weight`, the sum of y x^T over steps and lanes.

    Args:
        lanes: Holds y and x.
        scratch: Offset in `lanes` of LANES free numbers.
    """
    rows, columns = y.size, x.size
    chunk = max(8, RESIDENT // ((columns + 8) * BLOCK))
    for start in range(0, num_steps, chunk):
        count = min(chunk, num_steps - start)
        for row in range(0, rows, 4):
            for column in range(0, columns, TILE_COLUMNS):
                tile = fill(LANES, splat(f4(0.0)))
                left = y.offset + start * y.stride + row * BLOCK
                right = x.offset + start * x.stride + column * BLOCK
                for _ in range(count):
                    tile = add_products(tile, lanes, left, lanes, right)
                    tile = add_products(tile, lanes, left + LANES, lanes, right + LANES)
                    left += y.stride
                    right += x.stride
                sums = sum_tile(tile)
                offset = weight + row * columns + column
                if row + 4 <= rows and column + TILE_COLUMNS <= columns:
                    add_quarters(sums, gradient, offset, columns)
                else:
                    store(lanes, scratch, sums)
                    for r in range(min(4, rows - row)):
                        for c in range(min(TILE_COLUMNS, columns - column)):
                            gradient[offset + r * columns + c] += lanes[scratch + r * TILE_COLUMNS + c]


@compiled
def add_row_sums(lanes: Floats, y: Rows, num_steps: int, gradient: Floats, bias: int) -> None:
    """Add to gradient (rows of y,), which begins at `bias`, the sum of y over steps and lanes."""
    for row in range(y.size):
        left = splat(f4(0.0))
        right = left
        offset = y.offset + row * BLOCK
        for _ in range(num_steps):
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
