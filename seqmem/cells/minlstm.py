"""The minimal LSTM, linear in its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqmem.cells.cell import Cell, State
from seqmem.cells.functions import positive

if TYPE_CHECKING:
    from torch import Tensor


class MinLSTM(Cell):
    """f, i = sigmoid(..); h' = (f h + i G(..)) / (f + i), each argument W x + b with rows of its own.

    No gate sees the state, and there is no output gate. G(v) = v + 1/2 for v >= 0, else sigmoid(v),
    keeps the state positive, as in the paper's form in the logarithmic domain.

    Source: Feng, Tung, Ahmed, Bengio & Hajimirsadeghi, "Were RNNs all we needed?", arXiv 2410.01201,
    2024, appendix B.3.

    Args:
        positive: Pass what is written through G, or else write it as it is.
    """

    gates = ("forget", "input", "new")
    keep_gate = "forget"
    write_gate = "input"

    def __init__(self, positive: bool = True) -> None:
        self.positive = positive

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return {"weight_ih": (3 * hidden_size, input_size), "bias_ih": (3 * hidden_size,)}

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        (h,) = state
        f, i, n = x.chunk(3, dim=-1)
        if self.positive:
            n = positive(n)
        f, i = f.sigmoid(), i.sigmoid()
        return (h + i / (f + i) * (n - h),)
