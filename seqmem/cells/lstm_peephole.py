"""Long short-term memory whose gates see the memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqmem.cells.cell import Cell, State

if TYPE_CHECKING:
    from torch import Tensor


class LSTMPeephole(Cell):
    """i, f = sigmoid(.. + p c); c' = f c + i tanh(..); o = sigmoid(.. + p_o c'); h' = o tanh(c').

    Every gate's argument is W_ih x + b_ih + W_hh h + b_hh with rows of its own, and p are vectors,
    one for each gate: input and forget gate see the old memory, the output gate the new one.

    Source: Gers & Schmidhuber, "Recurrent nets that time and count", IJCNN 2000.
    """

    gates = ("input", "forget", "cell", "output")
    keep_gate = "forget"
    write_gate = "input"
    states = ("h", "c")

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return super().parameters(input_size, hidden_size) | {"peepholes": (3 * hidden_size,)}

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        h, c = state
        i, f, g, o = (x + weights["bias_hh"] + h @ weights["weight_hh"].mT).chunk(4, dim=-1)
        p_i, p_f, p_o = weights["peepholes"].chunk(3, dim=-1)
        i, f = (i + p_i * c).sigmoid(), (f + p_f * c).sigmoid()
        c = f * c + i * g.tanh()
        return (o + p_o * c).sigmoid() * c.tanh(), c
