"""What nodes compute: in numpy, and how a gradient passes through.

A value that differs from sequence to sequence has the axis of sequences first, (B, ..). A
gradient rule takes the gradient of the result, the result and the inputs, all symbols, and
returns the gradient of each input as if nothing had been broadcast; None where there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqmem.graph.nodes import Node

Array = NDArray[Any]


class Operation(NamedTuple):
    """What a node computes.

    Attributes:
        value: Takes the node and the arrays of its inputs.
        gradient: Takes the gradient, the result and the inputs.
        cost: Floating-point operations a number of the result; see `count`.
    """

    value: Callable[..., Array]
    gradient: Callable[..., tuple[Any, ...]]
    cost: int = 1


TANH = 25  # operations: the ratio of two polynomials of degrees 13 and 6; other functions are taken as much
LOGISTIC = TANH + 3


def _plain(function: Callable[..., Any]) -> Callable[..., Array]:
    """A value by the arrays alone."""
    return lambda node, *arrays: function(*arrays)


def _sigmoid(x: Array) -> Array:
    return np.exp(-np.logaddexp(0, -x))


def _share(g: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """Of a gradient, what goes to the larger of two numbers; half each where they are equal."""
    share = (b < a).choose(1.0, (a < b).choose(0.0, 0.5))
    return g * share, g * (1.0 - share)


POINTWISE: dict[str, Operation] = {
    "add": Operation(_plain(np.add), lambda g, y, a, b: (g, g)),
    "subtract": Operation(_plain(np.subtract), lambda g, y, a, b: (g, -g)),
    "multiply": Operation(_plain(np.multiply), lambda g, y, a, b: (g * b, g * a)),
    "divide": Operation(_plain(np.divide), lambda g, y, a, b: (g / b, -(g / b) * y)),
    "negate": Operation(_plain(np.negative), lambda g, y, x: (-g,)),
    "sigmoid": Operation(_plain(_sigmoid), lambda g, y, x: (g * y * (1.0 - y),), LOGISTIC),
    "tanh": Operation(_plain(np.tanh), lambda g, y, x: (g * (1.0 - y * y),), TANH),
    "relu": Operation(_plain(lambda x: np.maximum(x, 0)), lambda g, y, x: (g * (_zero(y) < y),)),
    "softplus": Operation(_plain(lambda x: np.logaddexp(x, 0)), lambda g, y, x: (g * x.sigmoid(),), LOGISTIC),
    "exp": Operation(_plain(np.exp), lambda g, y, x: (g * y,), TANH),
    "log": Operation(_plain(np.log), lambda g, y, x: (g / x,), TANH),
    "sqrt": Operation(_plain(np.sqrt), lambda g, y, x: (g * 0.5 / y,)),
    "sin": Operation(_plain(np.sin), lambda g, y, x: (g * x.cos(),), TANH),
    "cos": Operation(_plain(np.cos), lambda g, y, x: (-(g * x.sin()),), TANH),
    "absolute": Operation(
        _plain(np.abs), lambda g, y, x: (g * (_zero(x) < x).choose(1.0, (x < _zero(x)).choose(-1.0, 0.0)),)
    ),
    "maximum": Operation(_plain(np.maximum), lambda g, y, a, b: _share(g, a, b)),
    "minimum": Operation(_plain(np.minimum), lambda g, y, a, b: _share(g, b, a)),
    # Comparisons are 1 where they hold, else 0.
    "less": Operation(_plain(lambda a, b: (a < b) * 1.0), lambda g, y, a, b: (None, None)),
    "less_equal": Operation(_plain(lambda a, b: (a <= b) * 1.0), lambda g, y, a, b: (None, None)),
    "where": Operation(
        _plain(lambda c, a, b: np.where(c != 0, a, b)),
        lambda g, y, c, a, b: (None, c.choose(g, 0.0), c.choose(0.0, g)),
    ),
    "detach": Operation(_plain(lambda x: x), lambda g, y, x: (None,), 0),
}


def _exponential(x: Array) -> Array:
    from scipy.linalg import expm

    return np.asarray(expm(x))


def _exponential_gradient(g: Any, y: Any, x: Any) -> tuple[Any]:
    """The derivative at x^T in the direction of g, by the exponential of a matrix of four blocks."""
    size = x.node.shape[0]
    turned = x.mT
    above = turned.concatenate([g], -1)
    below = x.zeros(x.node.shape).concatenate([turned], -1)
    whole = above.concatenate([below], -2).matrix_exponential()
    return (whole.slice(-2, 0, size).slice(-1, size, 2 * size),)


def _zero(x: Any) -> Any:
    return x.number(0.0)


def _slice(node: Node, x: Array) -> Array:
    axis, start, stop = node.detail
    cut = [slice(None)] * x.ndim
    cut[axis] = slice(start, stop)
    return x[tuple(cut)]


def _concatenate(node: Node, *parts: Array) -> Array:
    (axis,) = node.detail
    lanes = max(len(part) if part.ndim > len(node.shape) else 0 for part in parts)
    if lanes:
        parts = tuple(
            part if part.ndim > len(node.shape) else np.broadcast_to(part, (lanes, *part.shape)) for part in parts
        )
    return np.concatenate(parts, axis)


def _split(g: Any, y: Any, *parts: Any) -> tuple[Any, ...]:
    (axis,) = y.node.detail
    split: tuple[Any, ...] = g.split([part.node.shape[axis] for part in parts], axis)
    return split


def _reshape(node: Node, x: Array) -> Array:
    return x.reshape((len(x), *node.shape) if node.laned else node.shape)


def _product_gradient(g: Any, y: Any, w: Any, v: Any) -> tuple[Any, Any]:
    """Of y = W v: of the weights g v^T, summed over the sequences; of the vector W^T g."""
    return g.outer_over_lanes(v), w.mT.times(g)


def _accumulate(node: Node, *inputs: Array) -> Array:
    """A base, if there is one, and products; see `sums`."""
    (has_base,) = node.detail
    total, factors = (inputs[0], inputs[1:]) if has_base else (np.zeros(node.shape), inputs)
    for weight, vector in zip(factors[::2], factors[1::2], strict=True):
        total = total + vector @ weight.T
    return total


def _amax_gradient(g: Any, y: Any, x: Any) -> tuple[Any]:
    """To the largest; if there are several, to all of them in equal parts, as torch's amax."""
    largest = x < y
    largest = 1.0 - largest
    return (g * largest / largest.sum(y.node.detail[0], keepdim=True),)


STRUCTURAL: dict[str, Operation] = {
    "slice": Operation(_slice, lambda g, y, x: (g.pad(*y.node.detail, x.node.shape[y.node.detail[0]]),), 0),
    "concatenate": Operation(_concatenate, _split, 0),
    "reshape": Operation(_reshape, lambda g, y, x: (g.shaped(x.node.shape),), 0),
    "transpose": Operation(_plain(lambda x: np.swapaxes(x, -1, -2)), lambda g, y, x: (g.mT,), 0),
    "sum": Operation(
        lambda node, x: x.sum(node.detail[0], keepdims=True), lambda g, y, x: (g.broadcast(x.node.shape),)
    ),
    "amax": Operation(lambda node, x: x.max(node.detail[0], keepdims=True), _amax_gradient),
    # A matrix of weights times a vector.
    "product": Operation(_plain(lambda w, v: np.einsum("rc,...c->...r", w, v)), _product_gradient),
    # Products of weights with each other.
    "matmul": Operation(_plain(np.matmul), lambda g, y, a, b: (g.join(b.mT), a.mT.join(g))),
    "matrix_exponential": Operation(_plain(_exponential), _exponential_gradient),
    # Sums over sequences, which are gradients of weights.
    "accumulate": Operation(_accumulate, lambda g, y, *inputs: (None,) * len(inputs), 0),
    "sum_over_lanes": Operation(_plain(lambda x: x.sum(0)), lambda g, y, x: (g,)),
    "outer_over_lanes": Operation(_plain(lambda g, v: np.einsum("br,bc->rc", g, v)), lambda g, y, a, b: (None, None)),
}

OPERATIONS = POINTWISE | STRUCTURAL
