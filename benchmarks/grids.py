"""What is trained: the grids, the rivals of each, and the least that is asked of us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from seqmem.cells import GRU, LSTM, RNN
from seqmem.cells.cell import Cell
from seqmem.engines.engine import Trial
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.tasks import BinaryAddition, LongLag, Recall, TemporalOrder
from seqmem.tasks.task import Task

CELLS: tuple[type[Cell], ...] = (RNN, LSTM, GRU)
RIVALS = ("torch.nn", "joblib", "JAX vmap", "torch stacked")
UNENDING = 10**12  # sequences; no trial ends while it is measured


@dataclass(frozen=True)
class Grid:
    """Trials that are measured together.

    Args:
        section: What it is asked for by.
        name: What the table calls it.
        trials: The stack.
        rivals: Who else trains it.
        one_core: Everyone has one core, instead of all.
        floors: How many times as fast as a rival we are to be, at least.
        mean_of: A name for the mean of several grids' ratios.
    """

    section: str
    name: str
    trials: Sequence[Trial]
    rivals: tuple[str, ...] = RIVALS
    one_core: bool = False
    floors: Mapping[str, float] = field(default_factory=dict)
    mean_of: str | None = None

    def shrink(self) -> Grid:
        """Two trials of one job, enough to see that everything runs."""
        job = self.trials[-1].job
        return replace(self, trials=[trial for trial in self.trials if trial.job is job][:2])


def make_trials(task: Task, cells: Sequence[type[Cell]], hidden: Sequence[tuple[int, ...]], count: int) -> list[Trial]:
    """`count` trials of each cell and shape, trained as the task's config says but for batches of 64."""
    jobs = [make_job(task, Network(task, cell(), widths), count) for cell in cells for widths in hidden]
    return [Trial(job, seed) for job in jobs for seed in job.seeds]


def make_job(task: Task, network: Network, count: int) -> Job:
    """A job that ends after no number of steps; see `make_trials`."""
    notebooks = isinstance(task, (Recall, BinaryAddition))
    training: dict[str, Any] = {"evaluate_every": 19200, "stop": False} if notebooks else {"evaluate_every": 3200}
    loss = Loss("bce" if task.target.kind == "bits" else "cross_entropy")
    return Job(network, loss, batch_size=64, max_sequences=UNENDING, trials=count, **training)


def make_deep_trials(count: int) -> list[Trial]:
    """Two layers in both directions over an embedding.

    On recall: the task that such networks come from, echo, has one sequence of five letters,
    and would measure what a step costs around its arithmetic.
    """
    task = Recall()
    job = make_job(task, Network(task, LSTM(), (8, 8), bidirectional=True, embedding_size=10), count)
    return [Trial(job, seed) for seed in job.seeds]


def make_grids() -> list[Grid]:
    """All grids, in the order of the table."""
    order, lag = TemporalOrder(), LongLag(p=100)
    recall = make_trials(Recall(), CELLS, [(2,), (5,), (10,)], 10)
    addition = make_trials(BinaryAddition(), [LSTM], [(10,)], 10)
    return [
        Grid(
            "recall",
            "recall: 3 cells x hidden 2, 5, 10 x 10 trials",
            recall,
            (*RIVALS, "notebook"),
            floors={"torch.nn": 100, "joblib": 60, "JAX vmap": 15},
        ),
        Grid(
            "temporal_order",
            "temporal order: 3 cells, hidden 16, 20 trials each",
            make_trials(order, CELLS, [(16,)], 20),
            floors={"torch.nn": 25, "joblib": 15, "JAX vmap": 12},
        ),
        Grid(
            "long_lag",
            "long lag p=100: lstm, hidden 201, one trial on one core",
            make_trials(lag, [LSTM], [(201,)], 1),
            ("torch.nn",),
            one_core=True,
            floors={"torch.nn": 1.6},
        ),
        Grid(
            "long_lag",
            "long lag p=100: lstm, hidden 201, ten trials",
            make_trials(lag, [LSTM], [(201,)], 10),
            ("torch.nn", "joblib"),
            floors={"torch.nn": 1.9},
        ),
        Grid("addition", "binary addition: lstm, hidden 10, 10 trials", addition, (*RIVALS, "notebook")),
        Grid("deep", "recall: 2-layer bilstm, hidden 8, embedding, 10 trials", make_deep_trials(10)),
        *_make_lone_grids("recall", Recall(), 10, 20),
        *_make_lone_grids("temporal order", order, 16, 8),
        Grid("alone", "one trial alone, binary addition, lstm", addition[:1], ("torch.nn",)),
        Grid("alone", "one trial alone, recall, 2-layer bilstm", make_deep_trials(1), ("torch.nn",)),
    ]


def _make_lone_grids(name: str, task: Task, hidden: int, floor: float) -> list[Grid]:
    """One trial of each cell; the floor holds for the mean."""
    return [
        Grid(
            "alone",
            f"one trial alone, {name}, {cell.__name__.lower()}",
            make_trials(task, [cell], [(hidden,)], 1),
            ("torch.nn",),
            floors={"mean": floor},
            mean_of=f"one trial alone, {name}, mean of the cells",
        )
        for cell in CELLS
    ]
