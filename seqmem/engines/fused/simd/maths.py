"""Elementary functions of a vector. A NaN in gives a NaN out."""

from __future__ import annotations

import numpy as np

from seqmem.engines.fused.compiling import inlined
from seqmem.engines.fused.simd.types import Vec
from seqmem.engines.fused.simd.vector import (
    absolute,
    exponent_of,
    multiply_add,
    scale_by_power,
    select_equal,
    select_less,
    splat,
    to_nearest,
)

f4 = np.float32


@inlined
def tanh(x: Vec) -> Vec:
    """Tanh to 2.5 ulp, and exactly 1 where float32 has nothing closer: (e^2|x| - 1) / (e^2|x| + 1)."""
    one, zero, bound = splat(f4(1.0)), splat(f4(0.0)), splat(f4(10.0))
    size = absolute(x)
    size = select_less(bound, size, bound, size)
    rest, n = _exp_by_halves(size + size)
    power = scale_by_power(one, n)
    less_one = multiply_add(power, rest, power - one)
    size = less_one / (less_one + splat(f4(2.0)))
    return select_less(x, zero, zero - size, size)


@inlined
def sigmoid(x: Vec) -> Vec:
    """1 / (1 + e^-x) to 2.5 ulp; below -87 it stays at e^-87."""
    one, lowest = splat(f4(1.0)), splat(f4(-87.0))
    x = select_less(x, lowest, lowest, x)
    return one / (one + exp(splat(f4(0.0)) - x))


@inlined
def exp(x: Vec) -> Vec:
    """e^x to 1.5 ulp for x up to 88; below -87 it stays at e^-87."""
    lowest = splat(f4(-87.0))
    x = select_less(x, lowest, lowest, x)
    rest, n = _exp_by_halves(x)
    return scale_by_power(rest + splat(f4(1.0)), n)


@inlined
def _exp_by_halves(x: Vec) -> tuple[Vec, Vec]:
    """(rest, n) such that e^x = (1 + rest) 2^n with 1 + rest from sqrt(1/2) to sqrt(2), as Cephes' expf."""
    n = to_nearest(x * splat(f4(1.4426950408889634)))
    r = multiply_add(n, splat(f4(-0.693359375)), x)
    r = multiply_add(n, splat(f4(2.12194440e-4)), r)
    p = multiply_add(splat(f4(1.9875691500e-4)), r, splat(f4(1.3981999507e-3)))
    p = multiply_add(p, r, splat(f4(8.3334519073e-3)))
    p = multiply_add(p, r, splat(f4(4.1665795894e-2)))
    p = multiply_add(p, r, splat(f4(1.6666665459e-1)))
    p = multiply_add(p, r, splat(f4(5.0000001201e-1)))
    return multiply_add(p * r, r, r), n


@inlined
def log(x: Vec) -> Vec:
    """Natural logarithm of a normal positive number below 2^127 to 1 ulp, as Cephes' logf."""
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
    """log(1 + e^x) for x <= 0 to 2 ulp, without loss of the small ones; below -87 it stays at e^-87."""
    one = splat(f4(1.0))
    e = exp(x)
    total = one + e
    return log(total) + (e - (total - one)) / total


@inlined
def relu(x: Vec) -> Vec:
    """The larger of x and 0."""
    zero = splat(f4(0.0))
    return select_less(x, zero, zero, x)


@inlined
def softplus(x: Vec) -> Vec:
    """log(1 + e^x), as accurate as `log1p_exp`."""
    return relu(x) + log1p_exp(splat(f4(0.0)) - absolute(x))


@inlined
def minimum(a: Vec, b: Vec) -> Vec:
    """The smaller of two."""
    return select_equal(b, b, select_less(b, a, b, a), b)


@inlined
def maximum(a: Vec, b: Vec) -> Vec:
    """The larger of two."""
    return select_equal(b, b, select_less(a, b, b, a), b)


@inlined
def natural_log(x: Vec) -> Vec:
    """`log`, with -infinity for 0 and NaN below."""
    zero = splat(f4(0.0))
    defined = select_less(zero, x, log(x), splat(f4(np.nan)))
    return select_equal(x, zero, splat(f4(-np.inf)), defined)


@inlined
def power_of_e(x: Vec) -> Vec:
    """`exp`, with infinity beyond 88.37, half a power of two below the largest float32."""
    highest = splat(f4(89.0))
    return exp(select_less(highest, x, highest, x))


@inlined
def sin(x: Vec) -> Vec:
    """Sine to 2 ulp for |x| up to 8192, as Cephes' sinf: by the nearest multiple of pi."""
    n = to_nearest(x * splat(f4(0.3183098861837907)))
    r = multiply_add(n, splat(f4(-3.140625)), x)
    r = multiply_add(n, splat(f4(-9.67502593994140625e-4)), r)
    r = multiply_add(n, splat(f4(-1.509957990978376432e-7)), r)
    square = r * r
    p = multiply_add(splat(f4(2.6083159809786593e-06)), square, splat(f4(-0.00019810690719168633)))
    p = multiply_add(p, square, splat(f4(0.008333078585565090)))
    p = multiply_add(p, square, splat(f4(-0.16666659712791443)))
    sine = multiply_add(p * square, r, r)
    half = to_nearest(n * splat(f4(0.5)) - splat(f4(0.25)))  # n / 2 rounded down
    odd = n - half - half
    return sine * (splat(f4(1.0)) - odd - odd)


@inlined
def cos(x: Vec) -> Vec:
    """Cosine, as `sin` of a quarter turn more; absolute errors as there."""
    return sin(x + splat(f4(1.5707963267948966)))
