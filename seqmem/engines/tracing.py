"""How large the gradient of each input step is, in memory that grows with the steps and not with their square."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def measure_gradient(gates: NDArray[np.floating], weight: NDArray[np.floating]) -> NDArray[np.float64]:
    """Norms of the gradient with respect to each input step, (L,), from that of the gates which read it.

    A step's gradient is weight^T g, with g that of its gates, and its squared norm g^T (weight weight^T) g. The
    second needs no room for the input, which may be one-hot and as wide as the sequence is long.

    Args:
        gates: (L, G), the gradient of the input's part of the gates; of both directions, side by side.
        weight: (G, I), the weights by which they read the input; of both directions, one below the other.
    """
    if weight.shape[1] <= weight.shape[0]:
        inputs = _multiply("lg,gi->li", gates, weight)
        squares = _multiply("li,li->l", inputs, inputs)
    else:
        products = _multiply("gi,hi->gh", weight, weight)
        squares = _multiply("lh,lh->l", _multiply("lg,gh->lh", gates, products), gates)
    norms: NDArray[np.float64] = np.sqrt(np.maximum(squares, 0))
    return norms


def _multiply(axes: str, a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """A product in float64, by einsum's own loops: the same bits on any number of threads."""
    product: NDArray[np.float64] = np.einsum(axes, a, b, dtype=np.float64, casting="same_kind")
    return product
