"""Functions number by number: the part of `Symbol` that needs no axes."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from seqmem.graph.base import Base
from seqmem.graph.errors import UntraceableError
from seqmem.graph.simplify import simplify


def _function(operation: str) -> Callable[..., Any]:
    def method(self: Arithmetic, *others: Any) -> Arithmetic:
        return self.apply(operation, *others)

    return method


def _turned(operation: str) -> Callable[..., Any]:
    def method(self: Arithmetic, other: Any) -> Arithmetic:
        return self.lift(other).apply(operation, self)

    return method


class Arithmetic(Base):
    """Operators, functions and comparisons, named as a tensor's; comparisons are 1 where they hold."""

    __add__ = __radd__ = add = _function("add")
    __sub__ = sub = _function("subtract")
    __rsub__ = _turned("subtract")
    __mul__ = __rmul__ = mul = _function("multiply")
    __truediv__ = div = _function("divide")
    __rtruediv__ = _turned("divide")
    __neg__ = neg = _function("negate")
    __lt__ = lt = _function("less")
    __le__ = le = _function("less_equal")
    __gt__ = gt = _turned("less")
    __ge__ = ge = _turned("less_equal")
    abs = __abs__ = _function("absolute")
    sigmoid, tanh, relu, softplus = (_function(name) for name in ("sigmoid", "tanh", "relu", "softplus"))
    exp, log, sqrt = _function("exp"), _function("log"), _function("sqrt")
    sin, cos = _function("sin"), _function("cos")
    minimum, maximum = _function("minimum"), _function("maximum")
    detach = _function("detach")
    choose = _function("where")  # the first where this symbol is not 0, else the second

    def apply(self, operation: str, *others: Any) -> Self:
        """A function number by number; axes of one unit are repeated."""
        inputs = (self, *map(self.lift, others))
        if any(value.matrix for value in inputs):
            inputs = tuple(value.as_matrix() for value in inputs)
        shaped = [value for value in inputs if value.node.shape or value.node.laned]
        if len({(bool(value.matrix), len(value.node.shape)) for value in shaped}) > 1:
            shapes = " and ".join(str(value.node.shape) for value in shaped)
            raise UntraceableError(f"{operation} of values with other axes, {shapes}")
        shape = []
        for sizes in zip(*(value.node.shape for value in shaped), strict=True):
            if len(set(sizes) - {1}) > 1:
                raise UntraceableError(f"{operation} of " + " and ".join(map(str, sizes)) + " units")
            shape.append(max(sizes, key=lambda size: (size != 1, size)))
        simple = simplify(operation, inputs, tuple(shape))
        return self.derive(operation, *inputs, shape=shape) if simple is None else simple

    def where(self, condition: Self, other: Any) -> Self:
        return condition.choose(self, other)

    def clamp(self, min: Any = None, max: Any = None) -> Self:  # noqa: A002
        value = self if min is None else (self < min).choose(min, self)
        return value if max is None else (max < value).choose(max, value)

    def __pow__(self, exponent: Any) -> Self:
        if exponent == 0.5:
            return self.sqrt()
        if not isinstance(exponent, int) or not 1 <= exponent <= 8:
            raise UntraceableError(f"a power of {exponent}")
        power = self
        for _ in range(exponent - 1):
            power = power * self
        return power

    pow = __pow__

    def square(self) -> Self:
        return self * self

    def reciprocal(self) -> Self:
        return 1.0 / self

    def rsqrt(self) -> Self:
        return 1.0 / self.sqrt()
