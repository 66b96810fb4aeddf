"""A task and a cell as a user would write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seqmem import OwnLoss
from seqmem.cells import Cell
from seqmem.tasks import Sequences, Target, Task

if TYPE_CHECKING:
    from torch import Tensor


class Adding(Task):
    """Add the two numbers that are marked.

    Source: Hochreiter & Schmidhuber, Neural Computation 9(8), 1997, experiment 4, simplified.
    """

    symbols = False
    input_size = 2
    target = Target("real", 1, tolerance=0.04)
    strict_tolerance = 0.02

    def __init__(self, max_length: int = 6) -> None:
        self.max_length = max_length

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        lengths = 2 + (rng.random(n) * (self.max_length - 1)).astype(np.int64)
        inputs = np.zeros((n, self.max_length, 2), np.float32)
        inputs[..., 0] = rng.random((n, self.max_length))
        order = np.where(np.arange(self.max_length) < lengths[:, None], rng.random((n, self.max_length)), 2)
        marked = order.argsort(axis=1)[:, :2]
        rows = np.arange(n)[:, None]
        inputs[rows, marked, 1] = 1
        return Sequences(inputs, lengths, inputs[rows, marked, 0].sum(1, keepdims=True))


class Ragged(Task):
    """Name the last symbol. Batches are padded to their own longest sequence, by symbols that are none."""

    input_size = 3
    target = Target("class", 3)
    max_length = 9

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        lengths = 1 + rng.integers(0, rng.integers(1, 10), n)
        symbols = rng.integers(0, 3, (n, lengths.max()))
        answers = symbols[np.arange(n), lengths - 1]
        symbols[np.arange(lengths.max()) >= lengths[:, None]] = -1
        return Sequences(symbols, lengths, answers)


class Growing(Task):
    """Name the first symbol: of two in the first three batches, then of longer and longer sequences."""

    input_size = 3
    target = Target("class", 3)
    max_length = 9

    def sample(self, rng: np.random.Generator, n: int, step: int = 0) -> Sequences:
        length = min(2 + step // 3, self.max_length)
        symbols = rng.integers(0, 3, (n, length))
        return Sequences(symbols, np.full(n, length), symbols[:, 0])

    def sample_set(self, rng: np.random.Generator, n: int) -> Sequences:
        return self.sample(rng, n, 100)


class Blocks(Ragged):
    """Several batches at a call."""

    batches_at_once = 3


class Huber(OwnLoss):
    """Squares up to delta, from there on straight: the mean over numbers."""

    def __init__(self, delta: float = 1.0) -> None:
        self.delta = delta

    def measure(self, raw: Tensor, outputs: Tensor, wanted: Tensor) -> Tensor:
        error = (outputs - wanted).abs()
        bent = error.clamp(max=self.delta)
        return (bent * (error - bent / 2)).mean(-1)


class Branching(Cell):
    """h' = x or -x, by all signs: no graph."""

    gates = ("only",)

    def step(self, x, state, weights):
        return (x if (x > 0).all() else -x,)


class Turned(Cell):
    """c' = tanh(W_ih x + b_ih + W_hh^T h); h' = h - U c', with weights as they stand."""

    gates = ("hidden",)
    states = ("h", "c")

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        usual = super().parameters(input_size, hidden_size)
        del usual["bias_hh"]
        return usual | {"out": (hidden_size, hidden_size)}

    def step(self, x, state, weights):
        h, _ = state
        c = (x + h @ weights["weight_hh"]).tanh()
        return (0.5 * h - c @ weights["out"], c)


class Leaky(Cell):
    """h' = h + sigmoid(leak) (tanh(W_ih x + b_ih + W_hh h + b_hh) - h), with a leak for each unit."""

    gates = ("hidden",)

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return super().parameters(input_size, hidden_size) | {"leak": (hidden_size,)}

    def step(self, x, state, weights):
        (h,) = state
        new = (x + weights["bias_hh"] + h @ weights["weight_hh"].mT).tanh()
        return (h + weights["leak"].sigmoid() * (new - h),)


class Wide(Cell):
    """An output between two other states, of other widths; states that begin with numbers, and weights too."""

    gates = ("hidden",)
    states = ("m", "h", "s")
    output = "h"

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        shape = (2 * hidden_size + 1, hidden_size)
        return {"weight_ih": (hidden_size, input_size), "write": shape, "read": shape}

    def state_shapes(self, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return {"m": (2 * hidden_size + 1,), "h": (hidden_size,), "s": (1,)}

    def initial_states(self) -> dict[str, float]:
        return {"m": 0.5, "s": -1.0}

    def draw_parameters(self, rng, input_size, hidden_size, max_length):
        shape = self.parameters(input_size, hidden_size)
        return {"weight_ih": np.ones(shape["weight_ih"]), "write": rng.normal(0, 0.3, shape["write"])}

    def step(self, x, state, weights):
        m, h, s = state
        m = 0.5 * m + (h @ weights["write"].mT).tanh() * s
        h = (x + m @ weights["read"]).tanh()
        return m, h, s + 0.1 * h.sum(-1, keepdim=True)
