"""Fast weights that are written by the delta rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqmem.cells.cell import Cell, State
from seqmem.cells.functions import split_heads

if TYPE_CHECKING:
    from torch import Tensor


class DeltaNet(Cell):
    """S' = S + b k (v - S^T k)^T; h' = S'^T q / sqrt d, with b = sigmoid(..) and a matrix S for each head.

    Key k and query q are silu(..) of length 1, the value v is silu(..), each argument W_ih x with rows
    of its own: what S holds for k moves by b towards v. The recurrence alone, without the convolutions
    before it and the norm and projection behind. As many units as values: a head has H / heads.

    Source: Schlag, Irie & Schmidhuber, "Linear transformers are secretly fast weight programmers",
    arXiv 2102.11174, 2021; keys and queries as in Yang, Wang, Zhang, Shen & Kim, "Parallelizing linear
    transformers with the delta rule over sequence length", arXiv 2406.06484, 2024.

    Args:
        heads: Matrices side by side; they must divide the units.
    Raises:
        ValueError: if there is none.
    """

    gates = ("query", "key", "value")
    states = ("h", "S")

    def __init__(self, heads: int = 1) -> None:
        if heads < 1:
            raise ValueError(f"heads must be at least 1, got {heads}")
        self.heads = heads

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return {"weight_ih": (3 * hidden_size + self.heads, input_size)}

    def state_shapes(self, hidden_size: int) -> dict[str, tuple[int, ...]]:
        if hidden_size % self.heads:
            raise ValueError(f"hidden must be a multiple of the {self.heads} heads, got {hidden_size}")
        size = hidden_size // self.heads
        return {"h": (hidden_size,), "S": (self.heads, size, size)}

    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        _, s = state
        write = x[..., -self.heads :].sigmoid().unsqueeze(-1).unsqueeze(-1)
        q, k, v = (part * part.sigmoid() for part in x[..., : -self.heads].chunk(3, dim=-1))
        q, k, v = (split_heads(part, self.heads) for part in (q, k, v))
        q, k = (part / ((part * part).sum(-1, keepdim=True) + 1e-6).sqrt() for part in (q, k))
        k, v = k.unsqueeze(-1), v.unsqueeze(-2)
        s = s + write * k * (v - (s * k).sum(-2, keepdim=True))
        return (s * q.unsqueeze(-1)).sum(-2).flatten(-2) * s.shape[-1] ** -0.5, s
