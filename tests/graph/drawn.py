"""Cells of random equations, drawn by hypothesis out of all that a step may use."""

from __future__ import annotations

from typing import Any

import numpy as np
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
    "largest": lambda a, b: (a.unsqueeze(-1) - b.unsqueeze(-2)).amax(-1) + (a.unsqueeze(-1) * b.unsqueeze(-2)).sum(-2),
    "heads": lambda a, b: (a.unflatten(-1, (1, a.shape[-1])).mT * b.unflatten(-1, (a.shape[-1], 1))).flatten(-2),
}
# With a state that is a matrix: what is read of it and a vector, and what is written.
READS = {
    "recall": lambda s, a: (s @ a.unsqueeze(-1)).squeeze(-1),
    "turned": lambda s, a: (a.unsqueeze(-2) @ s).squeeze(-2),
    "total": lambda s, a: (s * s).sum(-1).sum(-1, keepdim=True) * a,
    "corner": lambda s, a: a * s[..., :1, -1:].squeeze(-1),
}
WRITES = {
    "add": lambda s, a, b: s + a.unsqueeze(-1) * b.unsqueeze(-2),
    "delta rule": lambda s, a, b: s + a.unsqueeze(-1) * (b.unsqueeze(-2) - a.unsqueeze(-2) @ s),
    "decay": lambda s, a, b: s * a.sigmoid().unsqueeze(-1) * b.sigmoid().unsqueeze(-2),
    "turn": lambda s, a, b: s.mT * 0.5 + s.softmax(-1) * b.mean(-1, keepdim=True).unsqueeze(-1),
}


class Drawn(Cell):
    """A step that is a list of operations on the results of earlier ones, and on prepared and fixed weights.

    writes: What is written into a state that is a matrix; there is none if nothing is.
    """

    def __init__(
        self,
        program: tuple[tuple[Any, ...], ...],
        num_gates: int,
        num_states: int,
        output: int = 0,
        writes: tuple[str, ...] = (),
    ) -> None:
        self.program, self.gates, self.writes = program, tuple("abcd"[:num_gates]), writes
        vectors = ("h", "c", "d")[:num_states]
        self.states = (*vectors, "S") if writes else vectors
        self.output = vectors[output % num_states]

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        usual = super().parameters(input_size, hidden_size)
        return usual | {"diagonal": (hidden_size,), "second": (2 * hidden_size, hidden_size)}

    def state_shapes(self, hidden_size: int) -> dict[str, tuple[int, ...]]:
        shapes = super().state_shapes(hidden_size)
        return shapes | ({"S": (hidden_size, hidden_size)} if self.writes else {})

    def initial_states(self) -> dict[str, float]:
        return {self.states[-1]: 0.3}

    def constants(self, input_size: int, hidden_size: int) -> dict[str, Any]:
        return {"ramp": np.linspace(-1, 1, hidden_size), "shift": np.eye(hidden_size, k=1)}

    def prepare(self, weights: Any) -> Any:
        first, second = weights["second"].chunk(2, dim=-2)
        return {"size": weights["diagonal"].tanh().exp(), "skew": 0.5 * (first - first.mT) + weights["shift"] * second}

    def step(self, x: Any, state: Any, weights: Any) -> Any:
        count = len(self.gates)
        matrix = state[-1] if self.writes else None
        recurrent, biases = weights["weight_hh"].chunk(count, dim=-2), weights["bias_hh"].chunk(count, dim=-1)
        num_vectors = len(state) - (matrix is not None)
        pool = [*state[:num_vectors], *x.chunk(count, dim=-1)]
        vectors = [weights["diagonal"], weights["diagonal"].exp(), weights["size"], weights["ramp"], *biases]
        matrices = [*recurrent, *weights["second"].chunk(2, dim=-2), recurrent[0].mT, weights["skew"], weights["shift"]]
        for name, first, second in self.program:
            a, b = pool[first % len(pool)], pool[second % len(pool)]
            if name in UNARY:
                pool.append(UNARY[name](a))
            elif name in BINARY:
                pool.append(BINARY[name](a, b))
            elif name in MATRICES:
                pool.append(MATRICES[name](a.tanh(), b.tanh()))
            elif name in READS:
                pool.append(a if matrix is None else READS[name](matrix, b.tanh()))
            elif name == "scale":
                pool.append(a * vectors[second % len(vectors)])
            elif name == "product":
                pool.append(a @ matrices[second % len(matrices)].mT)
            elif name == "antisymmetric":
                own = matrices[second % len(matrices)]
                pool.append(a @ (own - own.mT).mT)
            else:  # cut
                pool.append((concatenate([a, b]) @ weights["second"]).tanh())
        for number, name in enumerate(self.writes):
            a, b = pool[-1 - number % len(pool)], pool[-2 - number % (len(pool) - 1)]
            if name == "mask":
                matrix = matrix * weights["shift"].unsqueeze(1) + weights["skew"].unsqueeze(1) * matrix.tanh()
            else:
                matrix = WRITES[name](matrix, a.tanh(), b.tanh())
        after = tuple(value.tanh() for value in pool[-num_vectors:])
        return after if matrix is None else (*after, matrix)


def programs(names: list[str]) -> Any:
    indices = st.integers(0, 11)
    return st.lists(st.tuples(st.sampled_from(names), indices, indices), min_size=2, max_size=8).map(tuple)


VECTORS = [*UNARY, *BINARY, "scale", "product", "product", "cut"]
COMPILED = [*VECTORS, *MATRICES, *READS]


def cells(names: list[str] | None = None) -> Any:
    """Cells with the named operations, or with all."""
    names = names or [*COMPILED, "antisymmetric"]
    writes = st.lists(st.sampled_from([*WRITES, "mask"]), max_size=2).map(tuple)
    if not set(READS) & set(names):
        writes = st.just(())
    return st.builds(Drawn, programs(names), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), writes)
