"""The sum of two marked numbers of a long sequence."""

from __future__ import annotations

from typing import Literal

import numpy as np

from seqmem.tasks.task import Criterion, Sequences, Target, Task, draw_integers


class Adding(Task):
    """Add the two marked numbers of a long sequence.

    Each step is a pair: a number uniform in 0 .. 1, and a mark, 1 at two steps and 0 elsewhere.
    The answer is the sum of the marked numbers, right if it is off by less than .04. The squared
    error of the best answer that never changes, which is 1, is 1/6 = .167.

    Example (T=6):
        .3,0 .5,1 .9,0 .1,0 .4,1 .7,0   -> .9
        .2,1 .1,0 .8,0 .6,1 .2,0 .5,0   -> .8

    Source: Hochreiter & Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997,
    experiment 4, in the form that has become usual: Arjovsky, Shah & Bengio, "Unitary evolution
    recurrent neural networks", arXiv 1511.06464, 2016.

    Args:
        T: Steps of a sequence.
        places: Where the marks stand: one in each of both `halves`, or two different ones
            `anywhere`, as in Bai, Kolter & Koltun, arXiv 1803.01271, 2018.
        tolerance: Largest error of a right answer.
    Raises:
        ValueError: if T is below 2, or the tolerance is not above 0.
    """

    symbols = False
    input_size = 2
    criterion = Criterion(sequences=2000)

    def __init__(
        self,
        T: int = 100,  # noqa: N803
        places: Literal["halves", "anywhere"] = "halves",
        tolerance: float = 0.04,
    ) -> None:
        if T < 2:
            raise ValueError(f"T must be at least 2, got {T}")
        if not 0 < tolerance < np.inf:
            raise ValueError(f"tolerance must be a finite number above 0, got {tolerance}")
        self.T = self.max_length = T
        self.places = places
        self.target = Target("real", 1, tolerance=tolerance)

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        rows, half = np.arange(n), self.T // 2
        inputs = np.zeros((n, self.T, 2), np.float32)
        inputs[..., 0] = rng.random((n, self.T))
        if self.places == "halves":
            first, second = draw_integers(rng, 0, half, (n,)), draw_integers(rng, half, self.T, (n,))
        else:
            first, second = draw_integers(rng, 0, self.T, (n,)), draw_integers(rng, 0, self.T - 1, (n,))
            second += second >= first  # another one
        inputs[rows, first, 1] = inputs[rows, second, 1] = 1
        return Sequences(inputs, np.full(n, self.T), inputs[rows, first, :1] + inputs[rows, second, :1])
