"""The table that a sweep ends with: its best settings."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from rich.table import Table
from rich.text import Text

from seqmem.output import visible
from seqmem.training.outcome import TrialResult

MOST_ROWS = 5
COMMA = re.compile(r",(?=[\w.]+=)")  # between keys: there a label may be broken


@dataclass(frozen=True)
class Score:
    """What a job has come to.

    error: Mean share of wrong predictions; a trial that diverged counts as all wrong.
    sequences: Median of the training sequences until a trial met its criterion; infinite if half of them never did.
    """

    label: str
    task: str
    trials: int
    solved: int
    error: float
    sequences: float

    @property
    def rank(self) -> tuple[float, float, float, str]:
        """Solved before less wrong before sooner."""
        return -self.solved / self.trials, self.error, self.sequences, self.label


def score(label: str, task: str, trials: Sequence[TrialResult]) -> Score:
    """Sum a job's trials up, of which there is one at least."""
    met = [math.inf if trial.sequences_to_criterion is None else trial.sequences_to_criterion for trial in trials]
    errors = [1.0 if trial.wrong is None else trial.wrong / trial.test_sequences for trial in trials]
    solved = sum(trial.solved for trial in trials)
    return Score(label, task, len(trials), solved, sum(errors) / len(errors), median(met))


def choose_best(scores: Iterable[Score]) -> list[Score]:
    """The best first; of several tasks, whose errors cannot be compared, the best of each."""
    ranked = sorted(scores, key=lambda own: own.rank)
    first_of: dict[str, Score] = {}
    for own in ranked:
        first_of.setdefault(own.task, own)
    return (list(first_of.values()) if len(first_of) > 1 else ranked)[:MOST_ROWS]


def make_table(scores: Sequence[Score]) -> Table:
    """A row for each of the best."""
    best = choose_best(scores)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(f"best of {len(scores):,} settings", overflow="fold")
    for name in ("solved", "wrong %", "sequences to criterion"):
        table.add_column(name, justify="right", no_wrap=name != "sequences to criterion")
    for own in best:
        sequences = "never" if math.isinf(own.sequences) else f"{own.sequences:,.0f}"
        solved = f"{own.solved:,} of {own.trials:,}"
        table.add_row(Text(COMMA.sub(", ", visible(own.label))), solved, f"{100 * own.error:.1f}", sequences)
    return table
