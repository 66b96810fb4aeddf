"""Long short-term memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqmem.cells.cell import Cell, State

if TYPE_CHECKING:
    from torch import Tensor


class LSTM(Cell):
    """i, f, o = sigmoid(..), g = tanh(..); c' = f c + i g; h' = o tanh(c').

    Every gate's argument is W_ih x + b_ih + W_hh h + b_hh with rows of its own.
    Source: Hochreiter & Schmidhuber, Neural Computation 9(8), 1997, with the forget gate of
    Gers, Schmidhuber & Cummins, Neural Computation 12(10), 2000; names as torch.nn.LSTM.
    """

    gates = ("input", "forget", "cell", "output")
    keep_gate = "forget"
    write_gate = "input"
    states = ("h", "c")

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        h, c = state
        total = x + weights["bias_hh"] + h @ weights["weight_hh"].mT
        i, f, g, o = total.chunk(4, dim=-1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c
