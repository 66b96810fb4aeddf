"""The order of two or three widely separated symbols."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seqmem.tasks.task import Criterion, Sequences, Target, Task, draw_integers

# Where the relevant symbols stand, 1-based, first and last position included; below 0 counted from the end, which is 0.
PLACES = {
    ("spread", 2): ((10, 20), (50, 60)),
    ("spread", 3): ((10, 20), (33, 43), (66, 76)),
    ("start", 2): ((2, 2), (3, 3)),
    ("start", 3): ((2, 2), (3, 3), (4, 4)),
    ("end", 2): ((-2, -2), (-1, -1)),
    ("end", 3): ((-3, -3), (-2, -2), (-1, -1)),
}
PADDINGS = ("left", "right", "none")
START, DISTRACTORS, RELEVANT, END = 0, (1, 2, 3, 4), (5, 6), 7


class TemporalOrder(Task):
    """Name the order in which X and Y occurred among distractors.

    A sequence has 100 to 110 symbols: it starts with E, ends with B, and holds distractors
    a b c d but for two or three positions (1-based t1 in 10 .. 20 and t2 in 50 .. 60; or t1 in
    10 .. 20, t2 in 33 .. 43, t3 in 66 .. 76), each X or Y at equal chance. The class is the
    order, read as a binary number with X = 0 and Y = 1, the first symbol highest.

    Example (num_symbols=3, shortened):
        EbaXdcXaabYdB   -> XXY
        EcYabYdcbaXaB   -> YYX

    Source: Hochreiter & Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997,
    experiments 6a (two symbols) and 6b (three).

    Args:
        num_symbols: How many relevant symbols, 2 or 3.
        padding: Fill shorter sequences up to 110 steps with E, on the `left` or the `right`, or
            with `none`.
        places: Where the relevant symbols stand: `spread` as above, or one behind the other at
            the `start`, after E, or at the `end`, before B.
        answer: The `class`, at the end; or `steps`, as a student's notebook had it by a slip: each
            of eight (or four) numbers names a step, the second if it is the class's, else the first.
    Raises:
        ValueError: if an argument is none of these.
    """

    letters = "EabcdXYB"
    input_size = len(letters)
    max_length = 110
    strict_tolerance = 0.3
    criterion = Criterion(sequences=2000, tolerance=0.3, mean_error=0.1)

    def __init__(
        self,
        num_symbols: Literal[2, 3] = 3,
        padding: Literal["left", "right", "none"] = "left",
        places: Literal["spread", "start", "end"] = "spread",
        answer: Literal["class", "steps"] = "class",
    ) -> None:
        self.num_symbols = num_symbols
        self.padding = padding
        self.places = places
        self.answer = answer
        self.target = Target(answer, 2**num_symbols, every_step=answer == "steps")

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        lengths = draw_integers(rng, 100, 111, (n,))
        inputs = draw_integers(rng, DISTRACTORS[0], DISTRACTORS[-1] + 1, (n, self.max_length))
        rows = np.arange(n)
        pad = self.max_length - lengths if self.padding == "left" else np.zeros(n, np.int64)
        targets = np.zeros(n, np.int64)
        for first, last in PLACES[self.places, self.num_symbols]:
            position = draw_integers(rng, first, last + 1, (n,)) + (lengths if first < 0 else 0)
            symbol = draw_integers(rng, 0, 2, (n,))
            inputs[rows, pad + position - 1] = RELEVANT[0] + symbol
            targets = 2 * targets + symbol
        steps = np.arange(self.max_length)
        inputs[steps <= pad[:, None]] = START
        inputs[rows, pad + lengths - 1] = END
        if self.padding == "right":
            inputs[steps >= lengths[:, None]] = START
        if self.padding != "none":
            lengths = np.full(n, self.max_length)
        if self.answer == "steps":
            targets = (targets[:, None] == np.arange(self.target.size)).astype(np.int64)
        return Sequences(inputs.astype(self.symbol_dtype), lengths, targets)

    def telling_steps(self, inputs: NDArray[Any]) -> list[int]:
        steps: list[int] = np.flatnonzero(np.isin(inputs, RELEVANT)).tolist()
        return steps

    def format_answer(self, answer: np.ndarray) -> str:
        if self.answer == "steps":
            return " ".join(str(step) for step in answer)
        return "".join("XY"[int(answer) >> bit & 1] for bit in reversed(range(self.num_symbols)))
