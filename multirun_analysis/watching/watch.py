"""A live table of a sweep while it runs; where there is no terminal, a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from multirun_analysis.watching.progress import Follower, JobProgress, SweepProgress
from seqmem.records import visible

LOOK_S = 1.0  # between two looks, or longer where looking itself takes long
SHARE = 0.1  # of the time that may go into looking
LINE_S = 10.0  # between two lines, where there is no terminal
SETTLE_S = 5.0  # how long nothing must run for the sweep to have ended: jobs may run one after another


def watch(
    folders: Sequence[Path],
    console: Console,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    on_look: Callable[[SweepProgress, bool], None] = lambda progress, ended: None,
) -> None:
    """Show how the jobs in some folders are getting on, until all have ended; the folders need not exist yet.

    Nothing is ever written into the jobs' own.

    Args:
        folders: Sweeps, or single jobs.
        console: Where to show it.
        clock: The time of day, in seconds.
        sleep: Waits for so many seconds.
        on_look: Called with how far they have come, and whether all have ended.
    """
    follower = Follower(folders, clock)
    show = _Live(folders, console) if console.is_terminal else _Lines(folders, console)
    quiet_since: float | None = None
    with show:
        while True:
            began = clock()
            progress = follower.look()
            show.update(progress)
            took = clock() - began
            if progress.is_under_way:
                quiet_since = None
            elif quiet_since is None:
                quiet_since = began
            if quiet_since is not None and began - quiet_since >= SETTLE_S:
                show.finish(progress)
                on_look(progress, True)
                break
            on_look(progress, False)
            sleep(max(LOOK_S, took / SHARE))
    where = visible(" ".join(map(str, folders)))
    console.print(f"ended; what came of it: python -m multirun_analysis {where}", markup=False, soft_wrap=True)


def describe(progress: SweepProgress) -> str:
    """One line: `jobs 3/9 done, 6 running, trials 31/90, solved 12, about 0:40 left`."""
    ended, planned = sum(job.ended for job in progress.jobs), sum(job.planned for job in progress.jobs) + progress.owed
    parts = [f"jobs {progress.count('done'):,}/{len(progress.jobs) + progress.unbegun:,} done"]
    for status in ("running", "failed", "interrupted"):
        if count := progress.count(status):
            gone = f" ({progress.left_behind:,} left behind)" if status == "running" and progress.left_behind else ""
            parts.append(f"{count:,} {status}{gone}")
    parts += [f"trials {ended:,}/{planned:,}", f"solved {sum(job.solved for job in progress.jobs):,}"]
    if diverged := sum(job.diverged for job in progress.jobs):
        parts.append(f"diverged {diverged:,}")
    if progress.damaged:
        parts.append(f"{len(progress.damaged):,} damaged")
    if progress.count("running"):
        parts.append(_say_left(progress.seconds_left))
    return ", ".join(parts) + (f"; {progress.queue.describe()}" if not progress.queue.is_empty else "")


def lay_out(progress: SweepProgress, most_rows: int) -> Table:
    """A row for each task and model, over all of their other keys, and one for all."""
    groups: dict[tuple[str, str], list[JobProgress]] = {}
    for job in progress.jobs:
        groups.setdefault(job.group, []).append(job)
    lost = [status for status in ("failed", "interrupted") if progress.count(status)]
    diverged = ["diverged"] if any(job.diverged for job in progress.jobs) else []
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("task", "model"):
        table.add_column(name)
    for name in ("jobs", "done", "running", *lost, "trials", "ended", *diverged, "solved"):
        table.add_column(name, justify="right")
    shown = sorted(groups)[:most_rows]
    for group in shown:
        table.add_row(*group, *_count(groups[group], lost, diverged))
    if len(groups) > len(shown):
        table.add_row(f".. {len(groups) - len(shown)} more", "")
    if len(groups) > 1:
        table.add_row("all", "", *_count(progress.jobs, lost, diverged), style="bold")
    return table


def _count(jobs: Sequence[JobProgress], lost: Sequence[str], diverged: Sequence[str]) -> list[str]:
    statuses = [sum(job.status == status for job in jobs) for status in ("done", "running", *lost)]
    sums = [sum(job.planned for job in jobs), sum(job.ended for job in jobs)]
    sums += [sum(job.diverged for job in jobs) for _ in diverged] + [sum(job.solved for job in jobs)]
    return [f"{count:,}" for count in (len(jobs), *statuses, *sums)]


def _say_left(seconds: float | None) -> str:
    if seconds is None:
        return "time left not known yet"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"about {hours}:{minutes:02}:{rest:02} left" if hours else f"about {minutes}:{rest:02} left"


def _say_waiting(folders: Sequence[Path], progress: SweepProgress) -> str:
    where = visible(", ".join(map(str, folders)))
    return f"waiting for the first job in {where}" + (f" ({progress.damaged[0]})" if progress.damaged else "")


class _Live:
    """The table, drawn over itself."""

    def __init__(self, folders: Sequence[Path], console: Console) -> None:
        self.folders = folders
        self.console = console
        self.live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> None:
        self.live.start()

    def __exit__(self, *error: object) -> None:
        self.live.stop()

    def update(self, progress: SweepProgress) -> None:
        if not progress.jobs and progress.queue.is_empty:
            self.live.update(Text(_say_waiting(self.folders, progress)), refresh=True)
            return
        table = lay_out(progress, max(1, self.console.height - 6))
        damaged = [Text(f"skipped: {line}", style="yellow", no_wrap=True) for line in progress.damaged[:1]]
        self.live.update(Group(table, *damaged, Text(describe(progress), style="dim")), refresh=True)

    def finish(self, progress: SweepProgress) -> None:
        self.update(progress)


class _Lines:
    """A line whenever something has changed, but not too often."""

    def __init__(self, folders: Sequence[Path], console: Console) -> None:
        self.folders = folders
        self.console = console
        self.said, self.at = "", float("-inf")
        self.named: set[str] = set()  # damaged jobs

    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None: ...

    def update(self, progress: SweepProgress) -> None:
        for damaged in progress.damaged:
            if damaged not in self.named:
                self.named.add(damaged)
                self.console.print(Text(f"skipped: {damaged}"), soft_wrap=True)
        line = (
            describe(progress) if progress.jobs or not progress.queue.is_empty else _say_waiting(self.folders, progress)
        )
        if line != self.said and progress.at - self.at >= LINE_S:
            self._print(line, progress.at)

    def finish(self, progress: SweepProgress) -> None:
        if describe(progress) != self.said:
            self._print(describe(progress), progress.at)

    def _print(self, line: str, at: float) -> None:
        self.console.print(Text(line), soft_wrap=True)
        self.console.file.flush()
        self.said, self.at = line, at
