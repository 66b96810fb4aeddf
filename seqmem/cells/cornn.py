"""The coupled oscillatory network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqmem.cells.cell import Cell, State

if TYPE_CHECKING:
    from torch import Tensor


class CoRNN(Cell):
    """z' = z + dt (tanh(W_y y + W_z z + W_ih x + b) - gamma y - epsilon z); y' = y + dt z'.

    Units are damped oscillators, y their places and z their speeds, driven by each other.

    Source: Rusch & Mishra, "Coupled oscillatory recurrent neural network (coRNN)", ICLR 2021,
    arXiv 2010.00951; the defaults are those of its program for sequential MNIST.

    Args:
        dt: Length of a step.
        gamma: How fast units oscillate.
        epsilon: How fast they come to rest.
    Raises:
        ValueError: if one of them is not positive.
    """

    gates = ("drive",)
    states = ("y", "z")

    def __init__(self, dt: float = 0.042, gamma: float = 2.7, epsilon: float = 4.7) -> None:
        for name, value in {"dt": dt, "gamma": gamma, "epsilon": epsilon}.items():
            if not 0 < value < math.inf:
                raise ValueError(f"{name} must be positive, got {value:g}")
        self.dt, self.gamma, self.epsilon = dt, gamma, epsilon

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        recurrent = {"weight_hh": (hidden_size, hidden_size), "weight_zh": (hidden_size, hidden_size)}
        return {"weight_ih": (hidden_size, input_size), **recurrent, "bias_ih": (hidden_size,)}

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        y, z = state
        drive = (x + y @ weights["weight_hh"].mT + z @ weights["weight_zh"].mT).tanh()
        z = z + self.dt * (drive - self.gamma * y - self.epsilon * z)
        return y + self.dt * z, z
