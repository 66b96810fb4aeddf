"""The Legendre memory unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqmem.cells.cell import Cell, State

if TYPE_CHECKING:
    from torch import Tensor


class LMU(Cell):
    """u = e_x x + e_h h + e_m m; m' = A m + B u; h' = tanh(W_ih x + W_hh h + W_mh m').

    m holds the last `theta` values of the number u, as coefficients of Legendre polynomials: A and
    B are fixed. u is the last row of the input's part; no biases.

    Source: Voelker, Kajic & Eliasmith, "Legendre memory units: continuous-time representation in
    recurrent neural networks", NeurIPS 2019; initial weights and zero-order hold as in its program,
    but for normal distributions without truncation.

    Args:
        order: Coefficients.
        theta: Steps that they cover.
    Raises:
        ValueError: if one of them is below 1.
    """

    gates = ("hidden",)
    states = ("h", "m")

    def __init__(self, order: int = 32, theta: float = 100.0) -> None:
        for name, value in {"order": order, "theta": theta}.items():
            if not 1 <= value < math.inf:
                raise ValueError(f"{name} must be at least 1, got {value:g}")
        self.order, self.theta = order, theta

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return {
            "weight_ih": (hidden_size + 1, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "weight_mh": (hidden_size, self.order),
            "encoder_h": (1, hidden_size),
            "encoder_m": (1, self.order),
        }

    def state_shapes(self, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return {"h": (hidden_size,), "m": (self.order,)}

    def constants(self, input_size: int, hidden_size: int) -> dict[str, NDArray[Any]]:
        from scipy.linalg import expm

        row, column = np.indices((self.order, self.order))
        system = np.zeros((self.order + 1, self.order + 1))
        system[:-1, :-1] = (2 * row + 1) * np.where(row < column, -1, (-1.0) ** (row - column + 1))
        system[:-1, -1] = (2 * row[:, 0] + 1) * (-1.0) ** row[:, 0]
        held = expm(system / self.theta)  # u held for a step
        return {"A": held[:-1, :-1], "B": held[:-1, -1]}

    def draw_parameters(
        self, rng: np.random.Generator, input_size: int, hidden_size: int, max_length: int
    ) -> dict[str, NDArray[Any]]:
        def normal(rows: int, columns: int) -> NDArray[Any]:
            return rng.normal(0, np.sqrt(2 / (rows + columns)), (rows, columns))

        def encoder(size: int) -> NDArray[Any]:
            return rng.uniform(-np.sqrt(3 / size), np.sqrt(3 / size), (1, size))

        return {
            "weight_ih": np.concatenate([normal(hidden_size, input_size), encoder(input_size)]),
            "weight_hh": normal(hidden_size, hidden_size),
            "weight_mh": normal(hidden_size, self.order),
            "encoder_h": encoder(hidden_size),
            "encoder_m": np.zeros((1, self.order)),
        }

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        h, m = state
        x, u = x[..., :-1], x[..., -1:]
        u = u + h @ weights["encoder_h"].mT + m @ weights["encoder_m"].mT
        m = m @ weights["A"].mT + u * weights["B"]
        return (x + h @ weights["weight_hh"].mT + m @ weights["weight_mh"].mT).tanh(), m
