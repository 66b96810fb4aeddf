"""Vector functions against numpy in float64."""

import numpy as np
import pytest

from seqmem.engines.fused.compiling import compiled, entry, inlined
from seqmem.engines.fused.simd import maths
from seqmem.engines.fused.simd.target import LANES
from seqmem.engines.fused.simd.vector import load, splat, store


def over(function):
    """Compile a function of a vector to run over a whole array."""

    @entry
    def apply(x, y):
        for i in range(0, len(x), LANES):
            store(y, i, function(load(x, i)))

    apply._cache = compiled(lambda: None)._cache  # a test leaves nothing on disk

    def run(x: np.ndarray) -> np.ndarray:
        y = np.empty_like(x)
        apply(x, y)
        return y

    return run


def up_to(largest: float, smallest: float = 0.0) -> np.ndarray:
    """Float32 numbers of all sizes, evenly over their bits, every 4,001st of them."""
    first, last = np.array([smallest, largest], np.float32).view(np.uint32)
    return np.arange(first, last + 1, 4001, dtype=np.uint32).view(np.float32)


ALL = up_to(np.finfo(np.float32).max)
BOTH = np.concatenate((ALL, -ALL))
WAVES = np.concatenate((up_to(100), -up_to(100)))
# The function in float64, its whole range, and the bound in units in the last place.
CASES = {
    "tanh": (np.tanh, BOTH, 2.5),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-np.maximum(x, -87))), BOTH, 2.5),
    "exp": (lambda x: np.exp(np.maximum(x, -87)), np.concatenate((up_to(88), -ALL)), 1.5),
    "log": (np.log, up_to(2**126.99, smallest=2**-126), 1),
    "log1p_exp": (lambda x: np.log1p(np.exp(np.maximum(x, -87))), -ALL, 2),
    "relu": (lambda x: np.maximum(x, 0), BOTH, 0),
    "softplus": (lambda x: np.log1p(np.exp(np.maximum(-np.abs(x), -87))) + np.maximum(x, 0), BOTH, 2),
    "sin": (np.sin, WAVES, 2),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return over(getattr(maths, request.param)), *CASES[request.param]


def test_values_are_right_to_a_few_units_in_the_last_place_over_the_whole_range(case):
    function, exact, x, bound = case
    x = x[: len(x) // LANES * LANES]
    expected = exact(x.astype(np.float64))
    unit = np.spacing(np.maximum(np.abs(expected), 2.0**-126).astype(np.float32))
    assert np.abs((function(x) - expected) / unit).max() <= bound


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_a_saturated_unit_is_exactly_1_so_that_its_slope_is_0(name):
    assert (over(getattr(maths, name))(np.linspace(17, 1000, LANES, dtype=np.float32)) == 1).all()


def test_a_nan_stays_a_nan(case):
    x = np.full(LANES, np.nan, np.float32)
    assert np.isnan(case[0](x)).all()


def test_a_cosine_is_right_to_a_few_units_of_the_last_place_of_one():
    x = WAVES[: len(WAVES) // LANES * LANES]
    assert np.abs(over(maths.cos)(x) - np.cos(x.astype(np.float64))).max() < 8e-6


def test_what_is_not_defined_or_too_large_is_told_apart():
    x = np.zeros(LANES, np.float32)
    x[:4] = 0, -1, 1, np.inf
    assert over(maths.natural_log)(x)[:3].tolist() == pytest.approx([-np.inf, np.nan, 0], nan_ok=True)
    x[:4] = 100, 88, -1, np.nan
    found = over(maths.power_of_e)(x)
    assert found[0] == np.inf
    assert found[1:3].tolist() == pytest.approx(np.exp([88, -1]), rel=1e-6)
    assert np.isnan(found[3])


@inlined
def smaller_of_both_orders(x):
    two = splat(np.float32(2))
    return maths.minimum(maths.minimum(x, two), maths.minimum(two, x))


@inlined
def larger_of_both_orders(x):
    two = splat(np.float32(2))
    return maths.maximum(maths.maximum(x, two), maths.maximum(two, x))


def test_of_two_numbers_the_smaller_and_the_larger_are_found_and_no_nan_is_lost():
    values = np.full(LANES, 1, np.float32)
    values[:5] = 3, -2, np.nan, np.inf, -np.inf
    np.testing.assert_array_equal(over(smaller_of_both_orders)(values), np.minimum(values, 2))
    np.testing.assert_array_equal(over(larger_of_both_orders)(values), np.maximum(values, 2))
