"""The gated recurrent unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqmem.cells.cell import Cell, State

if TYPE_CHECKING:
    from torch import Tensor


class GRU(Cell):
    """r, z = sigmoid(..); n = tanh(W_in x + b_in + r (W_hn h + b_hn)); h' = (1 - z) n + z h.

    Source: Cho et al., arXiv 1406.1078, 2014, with the reset gate after the product, as
    torch.nn.GRU has it; names as there. The update gate z keeps.
    """

    gates = ("reset", "update", "new")
    keep_gate = "update"

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        (h,) = state
        recurrent = weights["bias_hh"] + h @ weights["weight_hh"].mT
        x_r, x_z, x_n = x.chunk(3, dim=-1)
        h_r, h_z, h_n = recurrent.chunk(3, dim=-1)
        z = (x_z + h_z).sigmoid()
        n = (x_n + (x_r + h_r).sigmoid() * h_n).tanh()
        return (n + z * (h - n),)
