"""The long expressive memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqmem.cells.cell import Cell, State

if TYPE_CHECKING:
    from torch import Tensor


class LEM(Cell):
    """d, e = dt sigmoid(W_y y + W_ih x + b); z' = (1 - d) z + d tanh(..); y' = (1 - e) y + e tanh(W z' + ..).

    Two time scales for each unit, learned: z moves by d towards what y and x say, and y, the output,
    by e towards what the new z and x say.

    Source: Rusch, Mishra, Erichson & Mahoney, "Long expressive memory for sequence modeling",
    ICLR 2022, arXiv 2110.04744.

    Args:
        dt: The longest step.
    Raises:
        ValueError: if it is not positive.
    """

    gates = ("inner", "outer", "memory", "hidden")
    states = ("y", "z")

    def __init__(self, dt: float = 1.0) -> None:
        if not 0 < dt < math.inf:
            raise ValueError(f"dt must be positive, got {dt:g}")
        self.dt = dt

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        recurrent = {"weight_hh": (3 * hidden_size, hidden_size), "weight_zh": (hidden_size, hidden_size)}
        return {"weight_ih": (4 * hidden_size, input_size), **recurrent, "bias_ih": (4 * hidden_size,)}

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        y, z = state
        x_d, x_e, x_z, x_y = x.chunk(4, dim=-1)
        y_d, y_e, y_z = (y @ weights["weight_hh"].mT).chunk(3, dim=-1)
        d, e = self.dt * (x_d + y_d).sigmoid(), self.dt * (x_e + y_e).sigmoid()
        z = z + d * ((x_z + y_z).tanh() - z)
        return y + e * ((x_y + z @ weights["weight_zh"].mT).tanh() - y), z
