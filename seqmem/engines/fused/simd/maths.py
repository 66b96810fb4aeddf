"""Elementary functions of a vector. A NaN in gives a NaN out."""

from __future__ import annotations

import numpy as np

from seqmem.engines.fused.compiling import inlined
from seqmem.engines.fused.simd.kinds import Vec
from seqmem.engines.fused.simd.vector import (
    exponent_of,
    multiply_add,
    scale_by_power,
    select_less,
    splat,
    to_nearest,
)

f4 = np.float32


@inlined
def tanh(x: Vec) -> Vec:
    """Tanh to some 3 ulp: the ratio of two polynomials, as in Eigen's ptanh."""
    bound = splat(f4(7.90531110763549805))
    x = select_less(bound, x, bound, x)
    x = select_less(x, splat(f4(-7.90531110763549805)), splat(f4(-7.90531110763549805)), x)
    square = x * x
    p = multiply_add(splat(f4(-2.76076847742355e-16)), square, splat(f4(2.00018790482477e-13)))
    p = multiply_add(p, square, splat(f4(-8.60467152213735e-11)))
    p = multiply_add(p, square, splat(f4(5.12229709037114e-08)))
    p = multiply_add(p, square, splat(f4(1.48572235717979e-05)))
    p = multiply_add(p, square, splat(f4(6.37261928875436e-04)))
    p = multiply_add(p, square, splat(f4(4.89352455891786e-03)))
    q = multiply_add(splat(f4(1.19825839466702e-06)), square, splat(f4(1.18534705686654e-04)))
    q = multiply_add(q, square, splat(f4(2.26843463243900e-03)))
    q = multiply_add(q, square, splat(f4(4.89352518554385e-03)))
    return x * p / q


@inlined
def sigmoid(x: Vec) -> Vec:
    """1 / (1 + e^-x) = (1 + tanh(x / 2)) / 2."""
    half = splat(f4(0.5))
    return multiply_add(half, tanh(half * x), half)


@inlined
def exp(x: Vec) -> Vec:
    """e^x for x up to 88, as Cephes' expf; below -87 it stays at e^-87."""
    lowest = splat(f4(-87.0))
    x = select_less(x, lowest, lowest, x)
    n = to_nearest(x * splat(f4(1.4426950408889634)))
    r = multiply_add(n, splat(f4(-0.693359375)), x)
    r = multiply_add(n, splat(f4(2.12194440e-4)), r)
    p = multiply_add(splat(f4(1.9875691500e-4)), r, splat(f4(1.3981999507e-3)))
    p = multiply_add(p, r, splat(f4(8.3334519073e-3)))
    p = multiply_add(p, r, splat(f4(4.1665795894e-2)))
    p = multiply_add(p, r, splat(f4(1.6666665459e-1)))
    p = multiply_add(p, r, splat(f4(5.0000001201e-1)))
    p = multiply_add(p * r, r, r) + splat(f4(1.0))
    return scale_by_power(p, n)


@inlined
def log(x: Vec) -> Vec:
    """Natural logarithm of a normal positive number, as Cephes' logf."""
    one = splat(f4(1.0))
    exponent = exponent_of(x)
    m = scale_by_power(x, splat(f4(0.0)) - exponent)  # 1 .. 2
    large = splat(f4(1.41421356))
    exponent = select_less(large, m, exponent + one, exponent)
    m = select_less(large, m, m * splat(f4(0.5)), m) - one
    p = multiply_add(splat(f4(7.0376836292e-2)), m, splat(f4(-1.1514610310e-1)))
    p = multiply_add(p, m, splat(f4(1.1676998740e-1)))
    p = multiply_add(p, m, splat(f4(-1.2420140846e-1)))
    p = multiply_add(p, m, splat(f4(1.4249322787e-1)))
    p = multiply_add(p, m, splat(f4(-1.6668057665e-1)))
    p = multiply_add(p, m, splat(f4(2.0000714765e-1)))
    p = multiply_add(p, m, splat(f4(-2.4999993993e-1)))
    p = multiply_add(p, m, splat(f4(3.3333331174e-1)))
    square = m * m
    tail = multiply_add(exponent, splat(f4(-2.12194440e-4)), p * m * square)
    tail = multiply_add(splat(f4(-0.5)), square, tail)
    # x - x is 0, or NaN where x is none.
    return multiply_add(exponent, splat(f4(0.693359375)), m + tail) + (x - x)


@inlined
def log1p_exp(x: Vec) -> Vec:
    """log(1 + e^x) for x <= 0, without loss of the small ones."""
    one = splat(f4(1.0))
    e = exp(x)
    total = one + e
    return log(total) + (e - (total - one)) / total


@inlined
def relu(x: Vec) -> Vec:
    """The larger of x and 0."""
    zero = splat(f4(0.0))
    return select_less(x, zero, zero, x)
