"""A task of one's own beside a built-in one: what it costs that numpy draws it, or that it has own sets.

The subclasses compute what their built-in tasks do, but are drawn as a user's own; `Adding1997` is the example, beside
the built-in task whose sequences are as long.
"""

from __future__ import annotations

from benchmarks.fused import Fused
from benchmarks.grids import UNENDING
from benchmarks.row import Effort, Row, Spread
from benchmarks.speed import fit_turn
from examples.adding_1997 import Adding1997
from seqmem.cells import LSTM
from seqmem.engines.engine import Trial
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.tasks import RowDigits, Task, TemporalOrder


class OwnOrder(TemporalOrder):
    """As the built-in task, drawn by numpy."""


class OwnDigits(RowDigits):
    """As the built-in task, with the same sets."""


# What is compared, with the least share of the built-in task's speed.
PAIRS: dict[str, tuple[Task, Task, float]] = {
    "adding problem / temporal order": (Adding1997(100), TemporalOrder(), 0.5),
    "temporal order, drawn by numpy / in compiled code": (OwnOrder(), TemporalOrder(), 0.5),
    "row digits, own sets / built in": (OwnDigits(), RowDigits(), 0.9),
}


def measure(effort: Effort, peak: float) -> list[Row]:
    """A row for each pair: the ratio of trial-steps a second, lstm, hidden 10, batches of 32."""
    rows = []
    for name, (own, built_in, least) in PAIRS.items():
        learners = [Fused(_make_trials(task, 2 if effort.quick else 8), effort.threads) for task in (own, built_in)]
        steps = [fit_turn(learner, effort.turn_s) for learner in learners]
        ratios = []
        for turn in range(effort.rounds):
            pair = list(zip(learners, steps, strict=True))
            rates = [count / learner.time(count) for learner, count in (pair[::-1] if turn % 2 else pair)]
            ours, theirs = rates[::-1] if turn % 2 else rates
            ratios.append(ours / theirs)
        rows.append(Row("own", f"a task of one's own: {name}", "seqmem", Spread.of(ratios), "x", at_least=least))
    return rows


def _make_trials(task: Task, count: int) -> list[Trial]:
    loss = Loss("mse" if task.target.kind == "real" else "cross_entropy")
    job = Job(
        Network(task, LSTM(), (10,)),
        loss,
        batch_size=32,
        max_sequences=UNENDING,
        evaluate_every=3200,
        test_sequences=100,
        stop=False,
        trials=count,
    )
    return [Trial(job, seed) for seed in job.seeds]
