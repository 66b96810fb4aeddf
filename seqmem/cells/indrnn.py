"""The independently recurrent network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqmem.cells.cell import Cell, State

if TYPE_CHECKING:
    from torch import Tensor


class IndRNN(Cell):
    """h' = relu(W_ih x + b_ih + u h), with a number u for each unit, which sees no other unit's state.

    After every update u is bound to |u| <= 2^(1/T), so that T steps at most double a state.

    Source: Li, Li, Cook, Zhu & Gao, "Independently recurrent neural network (IndRNN): building a
    longer and deeper RNN", arXiv 1803.04831, 2018; u starts from U(0, 1), as in its program.

    Args:
        steps: T; None for no bound.
    Raises:
        ValueError: if that is below 1.
    """

    gates = ("hidden",)

    def __init__(self, steps: int | None = 100) -> None:
        if steps is not None and steps < 1:
            raise ValueError(f"steps must be at least 1 (or null), got {steps}")
        self.steps = steps

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return {"weight_ih": (hidden_size, input_size), "bias_ih": (hidden_size,), "recurrent": (hidden_size,)}

    def draw_parameters(
        self, rng: np.random.Generator, input_size: int, hidden_size: int, max_length: int
    ) -> dict[str, NDArray[Any]]:
        return {"recurrent": rng.uniform(0, 1, hidden_size)}

    def project(self, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        if self.steps is None:
            return {}
        largest = 2 ** (1 / self.steps)
        return {"recurrent": weights["recurrent"].clamp(-largest, largest)}

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        (h,) = state
        return ((x + weights["recurrent"] * h).relu(),)
