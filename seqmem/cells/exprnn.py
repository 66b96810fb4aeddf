"""A recurrence that turns its state: an orthogonal matrix, as the exponential of an antisymmetric one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from seqmem.cells.cell import Cell, State
from seqmem.cells.functions import matrix_exponential, where

if TYPE_CHECKING:
    from torch import Tensor


class ExpRNN(Cell):
    """h' = modrelu(exp(A - A^T) h + W_ih x), with A the part of weight_hh above its diagonal.

    modrelu(v) = sign(v) relu(|v| + b), with a trained b for each unit. No biases.

    Source: Lezcano-Casado & Martinez-Rubio, "Cheap orthogonal constraints in neural networks",
    arXiv 1901.08428, 2019. Initial weights as in its program: A is zero but for pairs of units, which
    it turns by angles; W_ih normal with variance 2 / I.

    Args:
        angles: How they are drawn: `henaff` from U(-pi, pi), the program's choice for copying, or
            `cayley`, -sqrt((1 - cos u) / (1 + cos u)) with u from U(0, pi / 2), for images.
    """

    gates = ("hidden",)

    def __init__(self, angles: Literal["henaff", "cayley"] = "henaff") -> None:
        self.angles = angles

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        recurrent = {"weight_hh": (hidden_size, hidden_size), "offset": (hidden_size,)}
        return {"weight_ih": (hidden_size, input_size), **recurrent}

    def constants(self, input_size: int, hidden_size: int) -> dict[str, NDArray[Any]]:
        return {"above": np.triu(np.ones((hidden_size, hidden_size)), 1)}

    def draw_parameters(
        self, rng: np.random.Generator, input_size: int, hidden_size: int, max_length: int
    ) -> dict[str, NDArray[Any]]:
        first = np.arange(0, hidden_size - 1, 2)
        angles = rng.uniform(-np.pi, np.pi, len(first))
        if self.angles == "cayley":
            cosine = np.cos(rng.uniform(0, np.pi / 2, len(first)))
            angles = -np.sqrt((1 - cosine) / (1 + cosine))
        pairs = np.zeros((hidden_size, hidden_size))
        pairs[first, first + 1] = angles
        return {
            "weight_ih": rng.normal(0, np.sqrt(2 / input_size), (hidden_size, input_size)),
            "weight_hh": pairs,
            "offset": rng.uniform(-0.01, 0.01, hidden_size),
        }

    def prepare(self, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        upper = weights["weight_hh"] * weights["above"]
        return {"rotation": matrix_exponential(upper - upper.mT)}

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        (h,) = state
        v = x + h @ weights["rotation"].mT
        size = (v.abs() + weights["offset"]).relu()
        return (where(v < 0, -size, size),)
