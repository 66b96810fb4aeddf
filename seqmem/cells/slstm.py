"""Long short-term memory with exponential gates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqmem.cells.cell import Cell, State
from seqmem.cells.functions import softplus

if TYPE_CHECKING:
    from torch import Tensor


class SLSTM(Cell):
    """i = exp(..), f, o = sigmoid(..), z = tanh(..); c' = f c + i z; n' = f n + i; h' = o c' / n'.

    Every gate's argument is W_ih x + b_ih + W_hh h with rows of its own. Input and forget gate are
    scaled by a fourth state, m' = max(log f + m, log i), so that none of them grows without end: h
    and all gradients are the same without it. One head.

    Source: Beck et al., "xLSTM: extended long short-term memory", arXiv 2405.04517, 2024, equations
    8 to 17. Initial weights as in its program, in the first block: W_hh 0, W_ih normal with variance
    2 / (5 H), forget biases from 5 down to -7 along a power of the unit's place, others 0.
    """

    gates = ("input", "forget", "cell", "output")
    keep_gate = "forget"
    write_gate = "input"
    states = ("h", "c", "n", "m")

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        usual = super().parameters(input_size, hidden_size)
        del usual["bias_hh"]
        return usual

    def initial_states(self) -> dict[str, float]:
        return {"m": -1e30}  # so that the first n is 1

    def draw_parameters(
        self, rng: np.random.Generator, input_size: int, hidden_size: int, max_length: int
    ) -> dict[str, NDArray[Any]]:
        place = np.arange(hidden_size) / max(hidden_size - 1, 1)
        forget, others = 5 - 12 * place**0.3, np.zeros(hidden_size)
        return {
            "weight_ih": rng.normal(0, np.sqrt(2 / (5 * hidden_size)), (4 * hidden_size, input_size)),
            "weight_hh": np.zeros((4 * hidden_size, hidden_size)),
            "bias_ih": np.concatenate([others, forget, others, others]),
        }

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        h, c, n, m = state
        i, f, z, o = (x + h @ weights["weight_hh"].mT).chunk(4, dim=-1)
        kept = m - softplus(-f)  # log f + m
        m = kept.maximum(i)
        i, f = (i - m).exp(), (kept - m).exp()
        c, n = f * c + i * z.tanh(), f * n + i
        return o.sigmoid() * c / n, c, n, m
