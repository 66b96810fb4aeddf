"""Products against numpy, with NaN wherever a tile may read but not use what it read."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from seqmem.engines.fused.simd import products
from seqmem.engines.fused.simd.products import Matrix, Rows, Start
from seqmem.engines.fused.simd.target import BLOCK, LANES
from tests.engines.fused.kernels import called, lanes_of

few = settings(max_examples=30, deadline=None, derandomize=True)
sizes = st.sampled_from((1, 2, 3, 4, 5, 7, 8, 9, 12, 17, 33))

multiply = called(products.multiply)
multiply_transposed = called(products.multiply_transposed)
add_weight_gradient = called(products.add_weight_gradient)
add_row_sums = called(products.add_row_sums)


def at(array: np.ndarray) -> int:
    return array.ctypes.data


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


def assert_near(found, expected) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@few
@given(sizes, sizes)
def test_a_product_is_w_x_plus_b(rows, columns):
    weight, bias, x = draw(rows, columns), draw(rows), draw(columns, BLOCK)
    weights = np.concatenate([weight.ravel(), np.full(8 * columns, np.nan, np.float32)])
    lanes, (first, result) = lanes_of(x, np.full((rows, BLOCK), 7.0))
    around = lanes.copy()
    biases = np.concatenate([bias, np.full(8, np.nan, np.float32)])
    start = Start(products.BIASED, at(biases), 0)
    multiply(Matrix(at(weights), 0, columns, rows, columns), start, at(lanes), first, result)
    expected = weight.astype(float) @ x + bias[:, None]
    assert_near(lanes[result : result + rows * BLOCK].reshape(rows, BLOCK), expected)
    around[result : result + rows * BLOCK] = lanes[result : result + rows * BLOCK]
    assert np.array_equal(lanes, around, equal_nan=True)


@few
@given(sizes, sizes, st.sampled_from((products.PLAIN, products.ADDED)), st.booleans())
def test_a_product_is_set_or_added(rows, columns, start, transposed):
    x, y = draw(columns, BLOCK), draw(rows, BLOCK)
    weight = draw(columns, rows).T if transposed else draw(rows, columns)
    weights = np.concatenate([(weight.T if transposed else weight).ravel(), np.full(8 * columns, np.nan, np.float32)])
    lanes, (first, result) = lanes_of(x, y)
    around = lanes.copy()
    function, width = (multiply_transposed, rows) if transposed else (multiply, columns)
    function(Matrix(at(weights), 0, width, rows, columns), Start(start, 0, 0), at(lanes), first, result)
    expected = weight.astype(float) @ x + y * (start == products.ADDED)
    assert_near(lanes[result : result + rows * BLOCK].reshape(rows, BLOCK), expected)
    around[result : result + rows * BLOCK] = lanes[result : result + rows * BLOCK]
    assert np.array_equal(lanes, around, equal_nan=True)


@few
@given(sizes, sizes, st.sampled_from((1, 2, 9, 100)))
def test_a_weight_gradient_sums_over_steps_and_lanes(rows, columns, steps):
    y, x = draw(steps, rows, BLOCK), draw(steps, columns, BLOCK)
    lanes, (first, second, scratch) = lanes_of(y, x, np.zeros((1, LANES)))
    gradient = np.ones(rows * columns + 3, np.float32)
    left, right = Rows(first, rows, rows * BLOCK), Rows(second, columns, columns * BLOCK)
    add_weight_gradient(lanes, left, right, 0, steps, gradient, 2, columns, scratch)
    expected = 1 + np.einsum("trb,tcb->rc", y.astype(float), x)
    np.testing.assert_allclose(gradient[2:-1].reshape(rows, columns), expected, rtol=1e-5, atol=1e-3)
    assert gradient[[0, 1, -1]].tolist() == [1, 1, 1]


@few
@given(sizes, sizes, st.sampled_from((1, 7, 8, 50, 100)))
def test_steps_that_no_gradient_reaches_may_be_left_out_of_it(rows, columns, reached):
    y, x = draw(100, rows, BLOCK), draw(100, columns, BLOCK)
    lanes, (first, second, scratch) = lanes_of(y, x, np.zeros((1, LANES)))
    left, right = Rows(first, rows, rows * BLOCK), Rows(second, columns, columns * BLOCK)
    whole, rest = np.ones((2, rows * columns), np.float32)
    add_weight_gradient(lanes, left, right, reached, 100, rest, 0, columns, scratch)
    lanes[first : first + reached * rows * BLOCK] = 0
    add_weight_gradient(lanes, left, right, 0, 100, whole, 0, columns, scratch)
    assert rest.tobytes() == whole.tobytes()


@few
@given(sizes, st.sampled_from((1, 2, 9)))
def test_row_sums_are_over_steps_and_lanes(rows, steps):
    y = draw(steps, rows, BLOCK)
    lanes, (first,) = lanes_of(y)
    gradient = np.ones(rows, np.float32)
    add_row_sums(lanes, Rows(first, rows, rows * BLOCK), 0, steps, gradient, 0)
    np.testing.assert_allclose(gradient, 1 + y.astype(float).sum((0, 2)), rtol=1e-5, atol=1e-4)
