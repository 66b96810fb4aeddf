"""Tables looked up and their gradients, against numpy's indexing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqmem.engines.fused.simd import look_up as module
from seqmem.engines.fused.simd.look_up import ONE_HOT, Table, Text, permutes
from seqmem.engines.fused.simd.products import Rows
from seqmem.engines.fused.simd.target import BLOCK, LANES
from tests.engines.fused.kernels import called, lanes_of

few = settings(max_examples=30, deadline=None, derandomize=True)
alphabets = st.sampled_from((2, 3, LANES, LANES + 1, ONE_HOT, ONE_HOT + 1, 200))
widths = st.sampled_from((1, 2, 5, LANES, LANES + 1, 40))
STEPS = 3

look_up = called(module.look_up)
prepare_table = called(module.prepare_table)
store_one_hot = called(module.store_one_hot)
add_table_gradient = called(module.add_table_gradient)


def strides(alphabet: int, rows: int, embeds: bool) -> tuple[int, int]:
    """Of rows and of symbols: an embedding is (alphabet, rows), input weights are (rows, alphabet)."""
    return (1, rows) if embeds else (alphabet, 1)


@few
@given(alphabets, widths, st.booleans(), st.booleans())
def test_symbols_find_their_numbers(alphabet, rows, embeds, with_bias):
    rng = np.random.default_rng(alphabet)
    table = rng.normal(size=(alphabet, rows)).astype(np.float32)
    bias = rng.normal(size=rows).astype(np.float32)
    symbols = rng.integers(0, alphabet, BLOCK).astype(np.int32)
    lanes, (biases, prepared, y) = lanes_of(bias, np.zeros((rows, LANES)), np.zeros((rows, BLOCK)))
    weights = table.ravel() if embeds else table.T.ravel()
    row_stride, symbol_stride = strides(alphabet, rows, embeds)
    numbers, first_bias = Table(weights, 0, rows, row_stride, alphabet, symbol_stride), biases if with_bias else -1
    if permutes(alphabet):
        prepare_table(numbers, first_bias, lanes, prepared)
    else:
        prepared = -1
    look_up(numbers, first_bias, prepared, symbols, 0, lanes, y)
    expected = (table[symbols] + bias * with_bias).T
    np.testing.assert_allclose(lanes[y : y + rows * BLOCK].reshape(rows, BLOCK), expected, rtol=1e-6)


@few
@given(alphabets, widths, st.booleans())
def test_the_gradient_is_added_to_each_symbols_numbers(alphabet, rows, embeds):
    rng = np.random.default_rng(alphabet)
    y = rng.normal(size=(STEPS, rows, BLOCK))
    symbols = rng.integers(0, alphabet, (STEPS, BLOCK)).astype(np.int32)
    one_hot = np.zeros((STEPS, alphabet, BLOCK))
    lanes, (first, hot, scratch) = lanes_of(y, one_hot, np.zeros((LANES + alphabet, LANES)))
    if alphabet <= ONE_HOT:
        store_one_hot(symbols.ravel(), 0, alphabet, lanes, hot, STEPS)
    gradient = np.ones(alphabet * rows, np.float32)
    row_stride, symbol_stride = strides(alphabet, rows, embeds)
    numbers, text = Table(gradient, 0, rows, row_stride, alphabet, symbol_stride), Text(symbols.ravel(), 0, hot)
    add_table_gradient(numbers, lanes, Rows(first, rows, rows * BLOCK), text, STEPS, scratch)
    expected = np.ones((alphabet, rows))
    np.add.at(expected, symbols.ravel(), np.moveaxis(y, 1, -1).reshape(-1, rows))
    found = gradient.reshape(alphabet, rows) if embeds else gradient.reshape(rows, alphabet).T
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("alphabet", [2, LANES])
def test_one_hot_vectors_have_a_one_where_the_symbol_is(alphabet):
    symbols = np.random.default_rng(0).integers(0, alphabet, (STEPS, BLOCK)).astype(np.int32)
    lanes = np.full(STEPS * alphabet * BLOCK, np.nan, np.float32)
    store_one_hot(symbols.ravel(), 0, alphabet, lanes, 0, STEPS)
    expected = symbols[:, None] == np.arange(alphabet)[:, None]
    assert np.array_equal(lanes.reshape(STEPS, alphabet, BLOCK), expected)
