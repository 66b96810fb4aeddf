"""The simple recurrent network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from seqmem.cells.cell import Cell, State

if TYPE_CHECKING:
    from torch import Tensor


class RNN(Cell):
    """h' = f(W_ih x + b_ih + W_hh h + b_hh), with f = tanh, ReLU or nothing.

    Source: Elman, "Finding structure in time", Cognitive Science 14, 1990; equations and names
    as torch.nn.RNN. With ReLU and identity weights: Le, Jaitly & Hinton, arXiv 1504.00941, 2015.

    Args:
        nonlinearity: `tanh`, `relu`, or `linear` for none.
    Raises:
        ValueError: if it is none of these.
    """

    gates = ("hidden",)

    def __init__(self, nonlinearity: Literal["tanh", "relu", "linear"] = "tanh") -> None:
        self.nonlinearity = nonlinearity

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        (h,) = state
        total = x + weights["bias_hh"] + h @ weights["weight_hh"].mT
        if self.nonlinearity == "linear":
            return (total,)
        return (total.tanh() if self.nonlinearity == "tanh" else total.relu(),)
