"""Cells of random equations, drawn by hypothesis out of all that a step may use."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from seqmem.cells import Cell
from seqmem.cells.functions import concatenate, softplus, where

UNARY = {
    "sigmoid": lambda x: x.sigmoid(),
    "tanh": lambda x: x.tanh(),
    "relu": lambda x: x.relu(),
    "softplus": softplus,
    "exp": lambda x: (x.tanh() * 2).exp(),
    "log": lambda x: (x * x + 0.5).log(),
    "sqrt": lambda x: (x * x + 0.3).sqrt(),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "abs": lambda x: x.abs(),
    "minus": lambda x: 1 - x,
    "cube": lambda x: x.tanh() ** 3,
    "clamp": lambda x: x.clamp(-0.7, 0.9),
    "halves": lambda x: concatenate([x[..., 1:], x[..., :1].tanh()]),
    "norm": lambda x: x / ((x * x).sum(-1, keepdim=True) + 0.2).sqrt(),
    "centre": lambda x: x - x.mean(dim=-1, keepdim=True),
    "stable": lambda x: (x - x.amax(-1, keepdim=True)).exp(),
    "softmax": lambda x: x.softmax(-1),
    "constant": lambda x: x.detach(),
}
BINARY = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / (1 + b * b),
    "minimum": lambda a, b: a.minimum(b),
    "maximum": lambda a, b: a.maximum(b),
    "where": lambda a, b: where(a < b, a * b, b),
    "gate": lambda a, b: a * (b >= 0.1),
}
MATRICES = {
    "outer": lambda a, b: ((a.unsqueeze(-1) * b.unsqueeze(-2)) @ a.unsqueeze(-1)).squeeze(-1),
    "delta": lambda a, b: (b.unsqueeze(-2) @ (a.unsqueeze(-1) @ b.unsqueeze(-2)).mT.tanh()).squeeze(-2),
}


class Drawn(Cell):
    """A step that is a list of operations on the results of earlier ones."""

    def __init__(self, program: tuple[tuple[Any, ...], ...], num_gates: int, num_states: int) -> None:
        self.program, self.gates = program, tuple("abcd"[:num_gates])
        self.states = ("h", "c", "d")[:num_states]

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        usual = super().parameters(input_size, hidden_size)
        return usual | {"diagonal": (hidden_size,), "second": (2 * hidden_size, hidden_size)}

    def step(self, x: Any, state: Any, weights: Any) -> Any:
        count = len(self.gates)
        recurrent, biases = weights["weight_hh"].chunk(count, dim=-2), weights["bias_hh"].chunk(count, dim=-1)
        pool = [*state, *x.chunk(count, dim=-1)]
        vectors = [weights["diagonal"], weights["diagonal"].exp(), *biases]
        matrices = [*recurrent, *weights["second"].chunk(2, dim=-2), recurrent[0].mT]
        for name, first, second in self.program:
            a, b = pool[first % len(pool)], pool[second % len(pool)]
            if name in UNARY:
                pool.append(UNARY[name](a))
            elif name in BINARY:
                pool.append(BINARY[name](a, b))
            elif name in MATRICES:
                pool.append(MATRICES[name](a.tanh(), b.tanh()))
            elif name == "scale":
                pool.append(a * vectors[second % len(vectors)])
            elif name == "product":
                pool.append(a @ matrices[second % len(matrices)].mT)
            elif name == "antisymmetric":
                matrix = matrices[second % len(matrices)]
                pool.append(a @ (matrix - matrix.mT).mT)
            else:  # cut
                pool.append((concatenate([a, b]) @ weights["second"]).tanh())
        return tuple(value.tanh() for value in pool[-len(state) :])


def programs(names: list[str]) -> Any:
    indices = st.integers(0, 11)
    return st.lists(st.tuples(st.sampled_from(names), indices, indices), min_size=2, max_size=8).map(tuple)


VECTORS = [*UNARY, *BINARY, "scale", "product", "product", "cut"]


def cells(names: list[str] | None = None) -> Any:
    """Cells with the named operations, or with all."""
    names = names or [*VECTORS, *MATRICES, "antisymmetric"]
    return st.builds(Drawn, programs(names), st.integers(1, 4), st.integers(1, 3))
