"""The minimal GRU, linear in its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqmem.cells.cell import Cell, State
from seqmem.cells.functions import positive

if TYPE_CHECKING:
    from torch import Tensor


class MinGRU(Cell):
    """z = sigmoid(W_z x + b_z); h' = (1 - z) h + z G(W_h x + b_h).

    No gate sees the state. G(v) = v + 1/2 for v >= 0, else sigmoid(v), keeps it positive, as in the
    paper's form in the logarithmic domain.

    Source: Feng, Tung, Ahmed, Bengio & Hajimirsadeghi, "Were RNNs all we needed?", arXiv 2410.01201,
    2024, appendix B.3.

    Args:
        positive: Pass what is written through G, or else write it as it is.
    """

    gates = ("update", "new")
    write_gate = "update"

    def __init__(self, positive: bool = True) -> None:
        self.positive = positive

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return {"weight_ih": (2 * hidden_size, input_size), "bias_ih": (2 * hidden_size,)}

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        (h,) = state
        z, n = x.chunk(2, dim=-1)
        if self.positive:
            n = positive(n)
        return (h + z.sigmoid() * (n - h),)
