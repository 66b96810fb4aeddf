"""A cell of one's own: the minimal gated unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqmem.cells import Cell

if TYPE_CHECKING:
    from torch import Tensor


class MGU(Cell):
    """f = sigmoid(W_f x + U_f h + b_f); n = tanh(W_n x + U_n (f h) + b_n); h' = (1 - f) h + f n.

    One gate both forgets and resets: two thirds of a GRU's weights.

    Source: Zhou, Wu, Zhang & Zhou, "Minimal gated unit for recurrent neural networks",
    arXiv 1603.09420, 2016.
    """

    gates = ("forget", "new")

    def step(self, x: Tensor, state: tuple[Tensor, ...], weights: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        (h,) = state
        x_f, x_n = x.chunk(2, dim=-1)  # W x + bias_ih, computed for all steps at once
        u_f, u_n = weights["weight_hh"].chunk(2, dim=-2)
        b_f, b_n = weights["bias_hh"].chunk(2, dim=-1)
        f = (x_f + b_f + h @ u_f.mT).sigmoid()
        n = (x_n + b_n + (f * h) @ u_n.mT).tanh()
        return (h + f * (n - h),)
