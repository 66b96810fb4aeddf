"""What becomes of a trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from seqmem.engines.engine import Trace
from seqmem.job.checks import MOST, Count, Share
from seqmem.representation import to_html
from seqmem.tasks.task import Sequences, Task
from seqmem.training.curves import CurvePoint

TrialStatus = Literal["done", "diverged"]


@dataclass(frozen=True, slots=True)
class TrialResult:
    """One row of trials.csv.

    Numbers that a trial never came to are None: those of the test set where it diverged,
    `sequences_to_criterion` where it never met its criterion.

    trial: Index among the job's trials, 0-based.
    status: `done`, or `diverged` (its loss was no longer finite).
    solved: Whether it met its task's criterion.
    sequences: Training sequences that passed through the network.
    wrong: Wrong predictions of `test_sequences`.
    outside_tolerance: Test sequences with an output outside the task's strict tolerance.
    answer_error: Share of wrong answers on the test set, where a sequence has several.
    mean_test_error: Mean over the evaluations while it trained.
    train_loss: Of the last point of its curve.
    parameters: Number of trained weights.
    wall_time_s: Its share of its stack's time, in seconds.
    """

    trial: Count
    seed: Count
    status: TrialStatus
    solved: bool
    sequences: Count
    sequences_to_criterion: Count | None
    wrong: Count | None
    outside_tolerance: Count | None
    answer_error: Share | None
    test_sequences: Annotated[int, Meta(ge=1, le=4 * MOST)]
    mean_test_error: Share | None
    train_loss: float | None
    test_loss: float | None
    parameters: Count
    wall_time_s: Annotated[float, Meta(ge=0, le=MOST)]

    def describe(self) -> str:
        """What became of it: `solved after 23,168 sequences, 0 of 3,000 wrong`."""
        if self.status == "diverged":
            return "diverged"
        met = self.sequences_to_criterion
        solved = f"not solved in {self.sequences:,} sequences" if met is None else f"solved after {met:,} sequences"
        return f"{solved}, {self.wrong:,} of {self.test_sequences:,} wrong"

    def __post_init__(self) -> None:
        for key in ("wrong", "outside_tolerance"):
            count = getattr(self, key)
            if count is not None and count > self.test_sequences:
                raise ValueError(f"{key} must be at most test_sequences={self.test_sequences}, got {count}")


@dataclass(frozen=True)
class Sample:
    """One test sequence, its target and what was predicted, as a person reads them."""

    input: str
    target: str
    prediction: str


@dataclass(frozen=True)
class FurtherResult:
    """One row of tests.csv: how a trained network did in one of its task's further tests.

    test: The test's name.
    wrong: Wrong predictions of `test_sequences`; None where the trial diverged.
    """

    test: str
    wrong: int | None
    test_sequences: int


@dataclass(frozen=True, repr=False)
class Outcome:
    """All that is kept of a trial. Samples and trace are those of a job's first trial only."""

    result: TrialResult
    curve: Sequence[CurvePoint]
    weights: dict[str, NDArray[np.float32]]
    samples: list[Sample]
    trace: Trace | None
    tests: Sequence[FurtherResult] = ()

    def __repr__(self) -> str:
        result = self.result
        return f"Outcome(seed {result.seed}: {result.describe()})"

    def _repr_html_(self) -> str:
        result = self.result
        rows = {name: getattr(result, name) for name in ("trial", "seed", "sequences", "mean_test_error", "parameters")}
        rows |= {
            f"{sample.input} \u2192 {sample.target}": f"predicted {sample.prediction}" for sample in self.samples[:3]
        }
        return to_html(f"Trial {result.trial}: {result.describe()}", rows)


def format_samples(task: Task, sequences: Sequences, outputs: NDArray[np.float32]) -> list[Sample]:
    """Sequences and predictions as text; `outputs` as `Engine.predict` gives them."""
    predictions = task.target.answers.read(outputs, sequences.lengths)
    samples = []
    for row, length in enumerate(sequences.lengths):
        target = sequences.targets[row]
        asked: Any = ...
        if task.target.targets_every_step:
            asked = np.flatnonzero(task.target.answers.find_asked(target[:length]))
        samples.append(
            Sample(
                input=task.format_input(sequences.inputs[row][:length]),
                target=task.format_answer(target[asked]),
                prediction=task.format_answer(predictions[row][asked]),
            )
        )
    return samples
