import numpy as np
from numba import njit

from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.tile import add_products, fill, store_transposed, sum_tile
from seqmem.engines.fused.simd.vector import splat, store, sum_lanes

f4 = np.float32
WIDTH = LANES // 4


@njit
def sum_products(lanes, rows, columns, result):
    tile = add_products(fill(LANES, splat(f4(0.0))), lanes, rows, lanes, columns)
    store(lanes, result, sum_tile(tile))


@njit
def sum_numbers(number):
    return sum_lanes(splat(number))


@njit
def transpose(source, target):
    store_transposed(source, 0, target, 0)


def test_each_vector_of_a_tile_is_summed_into_its_lane():
    numbers = np.random.default_rng(0).normal(size=(8, BLOCK)).astype(np.float32)
    lanes = np.concatenate([numbers.ravel(), np.zeros(LANES, np.float32)])
    sum_products(lanes, 0, 4 * BLOCK, 8 * BLOCK)
    expected = numbers[:4, :LANES] @ numbers[4 : 4 + WIDTH, :LANES].T
    np.testing.assert_allclose(lanes[8 * BLOCK :].reshape(4, WIDTH), expected, rtol=1e-5, atol=1e-5)


def test_a_vector_is_summed_over_its_lanes():
    assert sum_numbers(f4(1.5)) == 1.5 * LANES


def test_rows_are_turned_into_lanes():
    source = np.arange(LANES * BLOCK, dtype=np.float32).reshape(LANES, BLOCK)
    target = np.zeros((LANES, LANES), np.float32)
    transpose(source.ravel(), target.ravel())
    assert np.array_equal(target, source[:, :LANES].T)
