"""The long time lag between two equal symbols, with distractors in between."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seqmem.tasks.task import Criterion, FurtherTest, Sequences, Target, Task, draw_integers


class LongLag(Task):
    """Predict the last symbol, which is the first one again, after p - 1 distractors.

    A sequence is (z, a_1, .., a_{p-1}, z) with z = x or y at equal chance; x = p - 1, y = p,
    and the distractors a_i are symbols 0 .. p - 2. The network reads all but the last symbol.

    Example (p=5, distractors=sorted; x = 4, y = 5):
        4 0 1 1 3   -> 4
        5 2 2 2 3   -> 5

    Source: Hochreiter & Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997,
    experiments 2a (`fixed`: a_i = i - 1) and 2b (`random`: a_i uniform); `sorted`: a_1 uniform,
    then a_i uniform in a_{i-1} .. p - 2.

    Args:
        p: Time lag, the number of steps that are read.
        distractors: `sorted`, `fixed` or `random`.
        error_at: Where the error signal occurs: at the `last` step, or at `every` step, where
            the network predicts the next symbol; only the last one can be right or wrong.
        closed_loop: Test a trained network also with the first symbol alone: from then on it
            reads the symbol that it has named last, until it names the last one.
        halves: In a test set and in a fixed training set, exactly half of the sequences have
            x (of an odd number one more) instead of each by chance.
    Raises:
        ValueError: if p is below 2 or a word is unknown.
    """

    strict_tolerance = 0.25
    criterion = Criterion(sequences=10_000, tolerance=0.25)

    def __init__(
        self,
        p: int = 100,
        distractors: Literal["sorted", "fixed", "random"] = "sorted",
        error_at: Literal["last", "every"] = "last",
        closed_loop: bool = False,
        halves: bool = False,
    ) -> None:
        if p < 2:
            raise ValueError(f"p must be at least 2, got {p}")
        self.p = p
        self.distractors = distractors
        self.error_at = error_at
        self.closed_loop = closed_loop
        self.halves = halves
        self.input_size = p + 1
        self.max_length = p
        self.target = Target("class", p + 1, every_step=error_at == "every", scored="last")

    def further_tests(self) -> dict[str, FurtherTest]:
        return {"closed loop": FurtherTest(self, closed_loop=True)} if self.closed_loop else {}

    def telling_steps(self, inputs: NDArray[Any]) -> list[int]:
        return [0]

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        return self._sample(rng, draw_integers(rng, self.p - 1, self.p + 1, (n,)))

    def sample_set(self, rng: np.random.Generator, n: int) -> Sequences:
        return self._sample(rng, self.p - 1 + np.arange(n) % 2) if self.halves else self.sample(rng, n)

    def _sample(self, rng: np.random.Generator, first: NDArray[np.int64]) -> Sequences:
        """Draw the distractors of sequences that begin, and end, with these symbols."""
        n = len(first)
        symbols = np.empty((n, self.p + 1), self.symbol_dtype)
        symbols[:, 0] = symbols[:, -1] = first
        symbols[:, 1:-1] = self._draw_distractors(rng, n)
        targets = symbols[:, 1:] if self.target.every_step else symbols[:, -1]
        return Sequences(symbols[:, :-1], np.full(n, self.p), targets.astype(np.int64))

    def _draw_distractors(self, rng: np.random.Generator, n: int) -> NDArray[np.int64]:
        if self.distractors == "fixed":
            return np.broadcast_to(np.arange(self.p - 1), (n, self.p - 1))
        if self.distractors == "random":
            return draw_integers(rng, 0, self.p - 1, (n, self.p - 1))
        uniform = rng.random((n, self.p - 1))
        distractors = np.empty((n, self.p - 1), np.int64)
        lowest = np.zeros(n, np.int64)
        for i in range(self.p - 1):
            lowest = lowest + (uniform[:, i] * (self.p - 1 - lowest)).astype(np.int64)
            distractors[:, i] = lowest
        return distractors
