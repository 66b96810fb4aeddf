"""The array tasks of sweeps that were submitted to Slurm: how they stand, from the sweeps' folders and its queue."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from seqmem import records

FRESH_S = 5.0  # that what Slurm has said is taken for true
UNFINISHED = ("waiting", "running")


@dataclass(frozen=True)
class QueueState:
    """How the array tasks of some sweeps stand.

    settings: How many the sweeps have that were submitted, begun or not, by their folders.
    trials: How many trials these settings have, likewise.
    tasks: How many tasks there are by how they stand, in one word, and Slurm's reason.
    unknown: Why Slurm cannot be asked; empty if it can.
    """

    settings: dict[Path, int] = field(default_factory=dict)
    trials: dict[Path, int] = field(default_factory=dict)
    tasks: Counter[tuple[str, str]] = field(default_factory=Counter)
    unknown: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was submitted."""
        return not self.settings

    @property
    def is_at_work(self) -> bool:
        """Whether a task waits or runs."""
        return any(state in UNFINISHED for state, _ in self.tasks)

    def describe(self) -> str:
        """One line: `array tasks: 2 running, 3 waiting (Resources)`."""
        if self.unknown:
            return f"array tasks: not known here ({records.visible(self.unknown)})"
        listed = [f"{count:,} {state}{f' ({why})' if why else ''}" for (state, why), count in self.tasks.items()]
        return f"array tasks: {records.visible(', '.join(listed))}"


class Queue:
    """Asks Slurm, now and then.

    Args:
        clock: In seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.asked: tuple[float, tuple[Path, ...], QueueState] | None = None

    def look(self, sweeps: Iterable[Path]) -> QueueState:
        """How the tasks of some sweeps stand; those of other folders have none."""
        folders = tuple(dict.fromkeys(sweeps))
        if self.asked is None or self.asked[1] != folders or self.clock() - self.asked[0] >= FRESH_S:
            self.asked = self.clock(), folders, _ask(folders)
        return self.asked[2]


def _ask(folders: Iterable[Path]) -> QueueState:
    arrays = {folder: found[-1] for folder in folders if (found := records.read_arrays(folder))}
    settings = {folder: array.settings for folder, array in arrays.items()}
    trials = {folder: array.trials for folder, array in arrays.items()}
    tasks: Counter[tuple[str, str]] = Counter()
    try:
        for folder in arrays:
            tasks.update(task.standing for _, task in records.read_latest_tasks(folder))
    except records.SlurmError as error:
        return QueueState(settings, trials, unknown=str(error))
    if gone := tasks.pop((records.GONE, ""), 0):  # long ago
        tasks["ended", ""] = gone
    return QueueState(settings, trials, Counter(dict(sorted(tasks.items()))))
