"""Several cells of long short-term memory in a row within one time step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqmem.cells.cell import Cell, State

if TYPE_CHECKING:
    from torch import Tensor


class LSTMChain(Cell):
    """i, f, o = sigmoid(W x + U h + b), g = tanh(..); c <- f c + i g; h <- o tanh(c); `num_cells` times a step.

    Every gate of every cell has an input matrix W, a recurrent matrix U and a single bias b of
    its own. The cells of a step all read the same x, and hand h and c on from one to the next;
    the first takes them from the last one of the step before, whose h is the layer's output.
    With one cell it is an LSTM without `bias_hh`. Blocks of rows: cell by cell, in each gate by
    gate.

    Source: equations as in `LSTM`, by Hochreiter & Schmidhuber, Neural Computation 9(8), 1997,
    and Gers, Schmidhuber & Cummins, Neural Computation 12(10), 2000.

    Args:
        num_cells: Cells in the row.
    Raises:
        ValueError: if there is none.
    """

    gates = ("input", "forget", "cell", "output")
    keep_gate = "forget"
    write_gate = "input"
    states = ("h", "c")

    def __init__(self, num_cells: int = 2) -> None:
        if num_cells < 1:
            raise ValueError(f"num_cells must be at least 1, got {num_cells}")
        self.num_cells = num_cells

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        rows = self.num_cells * len(self.gates) * hidden_size
        return {"weight_ih": (rows, input_size), "weight_hh": (rows, hidden_size), "bias_ih": (rows,)}

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        h, c = state
        recurrent = weights["weight_hh"].chunk(self.num_cells, dim=-2)
        for own, weight in zip(x.chunk(self.num_cells, dim=-1), recurrent, strict=True):
            i, f, g, o = (own + h @ weight.mT).chunk(4, dim=-1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        return h, c
