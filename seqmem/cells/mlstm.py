"""Long short-term memory with a matrix for a memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqmem.cells.cell import Cell, State
from seqmem.cells.functions import softplus, split_heads

if TYPE_CHECKING:
    from torch import Tensor


class MLSTM(Cell):
    """C' = f C + i v k^T; n' = f n + i k; h' = o C' q / max(|n' q|, 1), for each head.

    q, k, v = W_ih x + b_ih with rows of their own, k divided by sqrt d; i = exp(..) and f =
    sigmoid(..), one number a head, and o = sigmoid(..). No gate sees the state. Both gates are scaled
    by a fourth state, m' = max(log f + m, log i), and the bound with them, exp(-m') instead of 1: h
    and all gradients are the same without it. A head has H / heads units.

    Source: Beck et al., "xLSTM: extended long short-term memory", arXiv 2405.04517, 2024, equations
    19 to 27. The weights of i and f start at 0, f's biases from 3 to 6 over the heads and i's normal
    with deviation .1, as in its program.

    Args:
        heads: Memories side by side; they must divide the units.
    Raises:
        ValueError: if there is none.
    """

    gates = ("query", "key", "value", "output")
    states = ("h", "C", "n", "m")

    def __init__(self, heads: int = 1) -> None:
        if heads < 1:
            raise ValueError(f"heads must be at least 1, got {heads}")
        self.heads = heads

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        rows = 4 * hidden_size + 2 * self.heads
        return {"weight_ih": (rows, input_size), "bias_ih": (rows,)}

    def state_shapes(self, hidden_size: int) -> dict[str, tuple[int, ...]]:
        if hidden_size % self.heads:
            raise ValueError(f"hidden must be a multiple of the {self.heads} heads, got {hidden_size}")
        size = hidden_size // self.heads
        return {"h": (hidden_size,), "C": (self.heads, size, size), "n": (self.heads, size), "m": (self.heads,)}

    def draw_parameters(
        self, rng: np.random.Generator, input_size: int, hidden_size: int, max_length: int
    ) -> dict[str, NDArray[Any]]:
        units, bound = 4 * hidden_size, 1 / np.sqrt(hidden_size)
        weight, bias = rng.uniform(-bound, bound, (units, input_size)), rng.uniform(-bound, bound, units)
        write, keep = rng.normal(0, 0.1, self.heads), np.linspace(3, 6, self.heads)
        gates = np.zeros((2 * self.heads, input_size))
        return {"weight_ih": np.concatenate([weight, gates]), "bias_ih": np.concatenate([bias, write, keep])}

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        _, c, n, m = state
        i, f = x[..., -2 * self.heads :].chunk(2, dim=-1)
        q, k, v, o = x[..., : -2 * self.heads].chunk(4, dim=-1)
        q, k, v = (split_heads(part, self.heads) for part in (q, k, v))
        kept = m - softplus(-f)  # log f + m
        m = kept.maximum(i)
        i, f = (i - m).exp().unsqueeze(-1), (kept - m).exp().unsqueeze(-1)
        k = i * k * n.shape[-1] ** -0.5
        c, n = f.unsqueeze(-1) * c + v.unsqueeze(-1) * k.unsqueeze(-2), f * n + k
        size = (n * q).sum(-1, keepdim=True).abs().maximum((-m).exp().unsqueeze(-1))
        read = (c * q.unsqueeze(-2)).sum(-1) / size
        return o.sigmoid() * read.flatten(-2), c, n, m
