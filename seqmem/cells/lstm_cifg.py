"""Long short-term memory with one gate for what is kept and what is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqmem.cells.cell import Cell, State

if TYPE_CHECKING:
    from torch import Tensor


class LSTMCifg(Cell):
    """f, o = sigmoid(..), g = tanh(..); c' = f c + (1 - f) g; h' = o tanh(c').

    Every gate's argument is W_ih x + b_ih + W_hh h + b_hh with rows of its own: an LSTM whose input
    gate is coupled to the forget gate, with three quarters of its weights.

    Source: Greff, Srivastava, Koutnik, Steunebrink & Schmidhuber, "LSTM: a search space odyssey",
    arXiv 1503.04069, 2015, as CIFG, without peepholes.
    """

    gates = ("forget", "cell", "output")
    keep_gate = "forget"
    states = ("h", "c")

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        h, c = state
        f, g, o = (x + weights["bias_hh"] + h @ weights["weight_hh"].mT).chunk(3, dim=-1)
        g = g.tanh()
        c = g + f.sigmoid() * (c - g)
        return o.sigmoid() * c.tanh(), c
