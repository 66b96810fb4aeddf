"""The linear recurrent unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqmem.cells.cell import Cell, State

if TYPE_CHECKING:
    from torch import Tensor


class LRU(Cell):
    """w' = lambda w + exp(gamma) B x, in complex numbers; y = Re(C w') + D x, the output.

    lambda = exp(-exp(nu) + i exp(phi)) is a diagonal whose size is below 1. As many modes as units;
    D is a matrix, as input and output need not have one width. Rows of weight_ih: Re B, Im B, D.

    Source: Orvieto, Smith, Gu, Fernando, Gulcehre, Pascanu & De, "Resurrecting recurrent neural
    networks for long sequences", arXiv 2303.06349, 2023; without the layers around it. Initial
    weights as there: |lambda|² uniform between the squares of r_min and r_max, its angle up to
    max_phase; D normal with variance 1 / I.

    Args:
        r_min: Smallest size of lambda at first.
        r_max: Largest size.
        max_phase: Largest angle, in radians.
    Raises:
        ValueError: if the sizes are none of 0 <= r_min < r_max <= 1, or the angle is not positive.
    """

    gates = ("real", "imaginary", "skip")
    states = ("re", "im", "y")
    output = "y"

    def __init__(self, r_min: float = 0.0, r_max: float = 1.0, max_phase: float = 6.28) -> None:
        if not 0 <= r_min < r_max <= 1:
            raise ValueError(f"r_min and r_max must be 0 <= r_min < r_max <= 1, got {r_min:g} and {r_max:g}")
        if not 0 < max_phase < math.inf:
            raise ValueError(f"max_phase must be positive, got {max_phase:g}")
        self.r_min, self.r_max, self.max_phase = r_min, r_max, max_phase

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        vectors = dict.fromkeys(("nu", "phi", "gamma"), (hidden_size,))
        matrices = dict.fromkeys(("weight_re", "weight_im"), (hidden_size, hidden_size))
        return {"weight_ih": (3 * hidden_size, input_size), **vectors, **matrices}

    def draw_parameters(
        self, rng: np.random.Generator, input_size: int, hidden_size: int, max_length: int
    ) -> dict[str, NDArray[Any]]:
        square = rng.uniform(self.r_min**2, self.r_max**2, hidden_size).clip(1e-6, 1 - 1e-6)  # of the size of lambda
        scale = np.repeat([1 / np.sqrt(2), 1 / np.sqrt(2), 1], hidden_size)[:, None] / np.sqrt(input_size)
        matrix = (hidden_size, hidden_size)
        return {
            "weight_ih": scale * rng.normal(size=(3 * hidden_size, input_size)),
            "nu": np.log(-0.5 * np.log(square)),
            "phi": np.log(self.max_phase * (1 - rng.random(hidden_size))),
            "gamma": 0.5 * np.log(1 - square),
            "weight_re": rng.normal(0, 1 / np.sqrt(hidden_size), matrix),
            "weight_im": rng.normal(0, 1 / np.sqrt(hidden_size), matrix),
        }

    def prepare(self, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        size, angle = (-weights["nu"].exp()).exp(), weights["phi"].exp()
        return {"real": size * angle.cos(), "imaginary": size * angle.sin(), "scale": weights["gamma"].exp()}

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        re, im, _ = state
        x_re, x_im, skip = x.chunk(3, dim=-1)
        real, imaginary, scale = weights["real"], weights["imaginary"], weights["scale"]
        re, im = real * re - imaginary * im + scale * x_re, real * im + imaginary * re + scale * x_im
        return re, im, skip + re @ weights["weight_re"].mT - im @ weights["weight_im"].mT
