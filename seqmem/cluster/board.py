"""Shows a sweep that other processes train: a live table in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from seqmem.cluster.shares import SharesProgress
from seqmem.output import visible
from seqmem.sweep import JobFailedError
from seqmem.sweep.plan import format_time

PLAIN_S = 10.0  # between two lines, where there is no terminal
State = tuple[str, str]  # of a share: in one word, and why


class Board:
    """Writes to standard error how far a sweep has come.

    Args:
        progress: Of the sweep.
        noun: What its shares are trained by, such as `array tasks`.
        console: Where to write.
    """

    def __init__(self, progress: SharesProgress, noun: str, console: Console | None = None) -> None:
        self.progress = progress
        self.noun = noun
        self.console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self.started = time.monotonic()
        self.before = progress.trials
        self.said = -PLAIN_S
        self.live = Live(console=self.console, transient=True, auto_refresh=False)

    def __enter__(self) -> Board:
        if self.console.is_terminal:
            self.live.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.live.stop()

    def note(self, text: str) -> None:
        """Say something once, above the table."""
        self.console.print(visible(text), markup=False)

    def show(self, states: Iterable[State]) -> None:
        """Show how it stands.

        Args:
            states: Of each share.
        """
        self.progress.look()
        counts = Counter(states)
        if self.live.is_started:
            self.live.update(self._make_table(counts), refresh=True)
        elif time.monotonic() - self.said >= PLAIN_S:
            self.said = time.monotonic()
            listed = ", ".join(f"{count} {state}{f' ({why})' if why else ''}" for (state, why), count in counts.items())
            self.note(f"{self.format_counts()}; {self.noun}: {listed or 'none'}")

    def report(self, bad: Sequence[str]) -> None:
        """Say what has come of it, after all has ended.

        Args:
            bad: A line on each share that has ended badly.
        Raises:
            JobFailedError: if one has, or a job has failed.
        """
        failed = self.progress.failed
        self.note(self.format_counts())
        for line in [*bad, *(f"{folder.name} failed: {error} (see {folder})" for folder, error in failed.items())]:
            self.note(line)
        if bad or failed:
            raise JobFailedError(bad[0] if bad else f"{len(failed)} jobs failed")

    def format_counts(self) -> str:
        progress = self.progress
        parts = [
            f"settings {progress.settings:,}/{progress.total_settings:,}",
            f"trials {progress.trials:,}/{progress.total_trials:,}",
            f"solved {progress.solved:,}",
            *([f"failed {len(progress.failed):,}"] if progress.failed else []),
            *([f"about {format_time(left)} left"] if (left := self._estimate_left()) else []),
        ]
        return ", ".join(parts)

    def _estimate_left(self) -> float:
        """Seconds, if it goes on as since the start; 0 if nothing has ended yet, or all has."""
        trials, ended = self.progress.trials, self.progress.trials - self.before
        return (self.progress.total_trials - trials) * (time.monotonic() - self.started) / ended if ended else 0

    def _make_table(self, counts: Counter[State]) -> Group:
        table = Table(self.noun, "state", "reason", box=None, pad_edge=False)
        for (state, why), count in counts.items():
            table.add_row(f"{count:,}", state, visible(why))
        return Group(Text(self.format_counts()), table)


def count_of(number: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
