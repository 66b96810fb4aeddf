"""A stack that computes nothing: every trial does what its script says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seqmem.engines.engine import Evaluation, Trace, Trial
from seqmem.engines.report import Report, Steps
from seqmem.tasks import Sequences


@dataclass
class Script:
    """What one trial reports.

    loss: Of a step, by its 0-based number.
    wrong: Of a step's batch.
    test_wrong: Of the test set, by the number of steps until then.
    validation_loss: Of the validation set, likewise.
    """

    loss: Callable[[int], float] = lambda step: 1 / (1 + step)
    wrong: Callable[[int], int] = lambda step: 1
    test_wrong: Callable[[int], int] = lambda steps: 5
    validation_loss: Callable[[int], float] = lambda steps: 0.5


@dataclass
class ScriptedStack:
    """Keeps a diary of what it was asked for.

    most: Steps that it does at a time, at most.
    asked: Each call's steps.
    evaluated: (trial, steps until then) of each evaluation.
    tested: (further test, trial, steps until then).
    """

    trials: Sequence[Trial]
    scripts: Sequence[Script]
    most: int = 10**9
    asked: list[list[int]] = field(default_factory=list)
    evaluated: list[tuple[int, int]] = field(default_factory=list)
    tested: list[tuple[str, int, int]] = field(default_factory=list)
    retired: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.steps = [0] * len(self.trials)

    def advance(self, steps: Sequence[int]) -> Report:
        self.asked.append(list(steps))
        assert not [index for index in self.retired if steps[index]], "a retired trial was trained"
        return Report.join([self._advance(index, min(count, self.most)) for index, count in enumerate(steps)])

    def _advance(self, index: int, count: int) -> Steps:
        numbers = list(range(self.steps[index], self.steps[index] + count))
        losses = [self.scripts[index].loss(step) for step in numbers]
        done = next((i + 1 for i, loss in enumerate(losses) if not np.isfinite(loss)), count)
        self.steps[index] += done
        wrong = np.array([self.scripts[index].wrong(step) for step in numbers[:done]], np.int64)
        zeros = np.zeros(done, np.float32)
        return Steps(np.array(losses[:done], np.float32), wrong, zeros, zeros)

    def retire(self, trial: int) -> None:
        self.retired.append(trial)

    def evaluate(self, trials: Sequence[int], test: str | None = None) -> list[Evaluation]:
        if test is not None:
            self.tested += [(test, index, self.steps[index]) for index in trials]
            losses = [self.scripts[index].validation_loss(self.steps[index]) for index in trials]
            return [Evaluation(loss, 7, None) for loss in losses]
        self.evaluated += [(index, self.steps[index]) for index in trials]
        return [Evaluation(0.5, self.scripts[index].test_wrong(self.steps[index]), None) for index in trials]

    def predict(self, trial: int, sequences: Sequences) -> np.ndarray:
        return np.eye(self.trials[trial].job.task.target.size, dtype=np.float32)[[0] * len(sequences)]

    def trace(self, trial: int, sequence: Sequences) -> Trace:
        length = int(sequence.lengths[0])
        return Trace(np.zeros(length, np.float32), np.zeros((length, 1), np.float32))

    def weights(self, trial: int) -> dict[str, np.ndarray]:
        return {"steps": np.array([self.steps[trial]], np.float32)}

    def state(self, trial: int) -> dict[str, Any]:
        return {"weights": self.weights(trial)["steps"]}

    def load_state(self, trial: int, state: dict[str, Any]) -> None:
        self.steps[trial] = int(state["weights"][0])
