"""The update gate network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqmem.cells.cell import Cell, State

if TYPE_CHECKING:
    from torch import Tensor


class UGRNN(Cell):
    """g = sigmoid(.. + 1), c = tanh(..); h' = g h + (1 - g) c.

    Both arguments are W_ih x + b_ih + W_hh h + b_hh with rows of their own. The 1 stands beside the
    trained biases, so that a new network keeps more than it writes.

    Source: Collins, Sohl-Dickstein & Sussillo, "Capacity and trainability in recurrent neural
    networks", arXiv 1611.09913, 2016.
    """

    gates = ("update", "new")
    keep_gate = "update"

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        (h,) = state
        g, c = (x + weights["bias_hh"] + h @ weights["weight_hh"].mT).chunk(2, dim=-1)
        c = c.tanh()
        return (c + (g + 1.0).sigmoid() * (h - c),)
