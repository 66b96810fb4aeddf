"""Vector functions against numpy in float64."""

import numpy as np
import pytest

from seqmem.engines.fused.compiling import compiled, entry
from seqmem.engines.fused.simd import maths
from seqmem.engines.fused.simd.target import LANES
from seqmem.engines.fused.simd.vector import load, store


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


CASES = {
    "tanh": (np.tanh, np.linspace(-12, 12, 1 << 16), 4e-7, 0),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), np.linspace(-20, 20, 1 << 16), 4e-7, 1.5e-7),
    "exp": (np.exp, np.linspace(-86, 3, 1 << 16), 2e-7, 0),
    "log": (np.log, np.geomspace(1e-30, 1e30, 1 << 16), 2e-7, 1e-7),
    "log1p_exp": (lambda x: np.log1p(np.exp(x)), np.linspace(-80, 0, 1 << 16), 4e-7, 0),
    "relu": (lambda x: np.maximum(x, 0), np.linspace(-2, 2, 1 << 10), 0, 0),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return over(getattr(maths, request.param)), *CASES[request.param]


def test_values_are_right_to_a_few_units_in_the_last_place(case):
    function, expected, x, relative, absolute = case
    x = x.astype(np.float32)
    np.testing.assert_allclose(function(x), expected(x.astype(np.float64)), rtol=relative, atol=absolute)


def test_a_nan_stays_a_nan(case):
    x = np.full(LANES, np.nan, np.float32)
    assert np.isnan(case[0](x)).all()
