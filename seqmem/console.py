"""Shows a sweep while it runs: a live line in a terminal, plain lines elsewhere."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from seqmem.job.job import Job
from seqmem.output import visible
from seqmem.sweep import Setting, Sweep
from seqmem.sweep.existing import ExistingStatus
from seqmem.training.outcome import TrialResult

EXISTING: tuple[tuple[ExistingStatus, str], ...] = (
    ("done", "already done"),
    ("interrupted", "to continue"),
    ("anew", "to retrain"),
    ("failed", "failed before (left alone unless retry=failed)"),
    ("damaged", "damaged (left alone unless retry=failed)"),
)

MANY = 100  # items that may take a second
FIRST_S, LIVE_S, PLAIN_S = 0.5, 0.1, 10.0  # until the first line on them; between two, in a terminal or not

T = TypeVar("T")


class _ConsoleHandler(logging.Handler):
    """Shows what the engines announce, such as that they compile something, above the live line."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.INFO)
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        self.console.print(record.getMessage(), markup=False)


class ConsoleDisplay:
    """Writes to standard error: a line for each job that ends, and below them, in a terminal, how it stands.

    Args:
        console: Where to write.
        command: What runs just the jobs that failed.
    """

    def __init__(self, console: Console | None = None, command: str = "") -> None:
        self.console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self.progress: Progress | None = None
        self.failures: dict[str, str] = {}
        self.command = command
        self.log = logging.getLogger("seqmem")
        self.handler = _ConsoleHandler(self.console)

    def start(self, sweep: Sweep) -> None:
        settings = [sweep.settings[index] for index in sweep.jobs]
        existing = list(sweep.existing.values())
        counts = Counter(found.status for found in existing)
        to_do = [(sweep.settings[index], sweep.existing[index]) for index in sweep.to_do]
        self.total_jobs = len(settings)
        self.failed_now = False
        self.jobs_done = len(settings) - len(to_do)
        self.total_trials = sum(setting.job.trials - found.num_ended for setting, found in to_do)
        self.trials_done = self.solved = self.diverged = 0
        self.failures = {
            _label(setting): found.error.partition("\n")[0]
            + (f" (see {setting.folder})" if found.status == "failed" else "")
            for setting, found in zip(settings, existing, strict=True)
            if found.status in ("failed", "damaged")
        }
        self.ended: set[tuple[Path, int]] = set()  # trials that were counted: a stack that fails is trained again
        self.sequences = 0
        self.budget = sum(_budget(setting.job) * (setting.job.trials - found.num_ended) for setting, found in to_do)
        self.started = time.perf_counter()
        for warning in find_repeated_trials(settings):
            self.console.print(f"warning: {warning}", style="yellow", markup=False)
        found = "".join(f", {counts[status]} {words}" for status, words in EXISTING if counts[status])
        self.console.print(
            f"{_count(len(settings), 'job')}{found}, {_count(self.total_trials, 'trial')} to train"
            + (f", {visible(str(sweep.folder))}" if sweep.folder else ""),
            markup=False,
        )
        self.log.addHandler(self.handler)
        self.log.setLevel(logging.INFO)
        self.log.propagate = False
        if self.console.is_terminal and to_do:
            self.progress = Progress(
                TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=self.console, transient=True
            )
            self.bar = self.progress.add_task("starting", total=self.budget)
            self.progress.start()

    def advance(self, sequences: int) -> None:
        self.sequences += sequences
        self._refresh()

    def trial_done(self, setting: Setting, result: TrialResult) -> None:
        if (setting.folder, result.seed) in self.ended:
            return
        self.ended.add((setting.folder, result.seed))
        self.trials_done += 1
        self.solved += result.solved
        self.diverged += result.status == "diverged"
        self.budget -= _budget(setting.job) - result.sequences  # what a trial that stops early leaves
        self._refresh()

    def job_done(self, setting: Setting, results: Sequence[TrialResult]) -> None:
        self.jobs_done += 1
        seconds = sum(result.wall_time_s for result in results)
        self._print_job(f"{_label(setting)}: {_describe_results(results)}, {seconds:.1f} s")

    def job_failed(self, setting: Setting, error: Exception) -> None:
        self.jobs_done += 1
        self.failed_now = True
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        self.failures[_label(setting)] = f"{what} (see {setting.folder})"
        self._print_job(f"{_label(setting)} failed: {self.failures[_label(setting)]}", style="red")

    def note(self, text: str) -> None:
        self.console.print(visible(text), style="yellow", markup=False)

    def stop(self) -> None:
        self.log.removeHandler(self.handler)
        self.log.propagate = True
        if self.progress is not None:
            self.progress.stop()
        if self.failures:
            if not (self.total_jobs == 1 and self.failed_now):  # of one job, its own line has said it
                self._list_failures()
            if self.command:
                them = "it" if len(self.failures) == 1 else "them"
                self.console.print(f"run {them} again: {self.command}", markup=False)

    def _list_failures(self) -> None:
        self.console.print(f"{len(self.failures)} of {_count(self.total_jobs, 'job')} failed:", style="red")
        for label, what in self.failures.items():
            self.console.print(visible(f"  {label}: {what}"), style="red", markup=False)

    def _print_job(self, text: str, style: str | None = None) -> None:
        self.console.print(visible(f"[{self.jobs_done}/{self.total_jobs}] {text}"), style=style, markup=False)

    def _refresh(self) -> None:
        if self.progress is None:
            return
        rate = self.sequences / (time.perf_counter() - self.started)
        left = (self.budget - self.sequences) / rate if rate else 0
        parts = [
            f"jobs {self.jobs_done}/{self.total_jobs}",
            f"trials {self.trials_done}/{self.total_trials}",
            f"solved {self.solved}",
            *([f"diverged {self.diverged}"] if self.diverged else []),
            *([f"failed {len(self.failures)}"] if self.failures else []),
            f"{rate:,.0f} sequences/s",
            f"at most {_format_seconds(left)} left",
        ]
        self.progress.update(self.bar, completed=self.sequences, total=self.budget, description=", ".join(parts))


def track(items: Iterable[T], total: int, what: str, console: Console | None = None) -> Iterator[T]:
    """Go through items; where there are many, standard error says how far, from the first second on.

    Args:
        items: What to go through.
        total: How many there are.
        what: What is counted, such as `jobs checked`.
        console: Where to write.
    """
    if total < MANY:
        yield from items
        return
    console = console or Console(stderr=True, highlight=False, soft_wrap=True)
    pause = LIVE_S if console.is_terminal else PLAIN_S
    due, shown = time.monotonic() + FIRST_S, False
    for number, item in enumerate(items):
        if time.monotonic() >= due:
            due, shown = time.monotonic() + pause, True
            console.print(f"{number:,} of {total:,} {what}", markup=False, end="\r" if console.is_terminal else "\n")
        yield item
    if shown:
        console.print(f"{total:,} of {total:,} {what}", markup=False)


def find_repeated_trials(settings: Sequence[Setting]) -> list[str]:
    """A line for each two settings that train the same trials, such as seeds 0 and 1 with ten trials each."""
    by_fingerprint: dict[str, list[Setting]] = {}
    for setting in settings:
        by_fingerprint.setdefault(setting.fingerprint, []).append(setting)
    warnings = []
    for group in by_fingerprint.values():
        group.sort(key=lambda setting: setting.job.seed)
        for first, second in pairwise(group):
            common = len(set(first.job.seeds) & set(second.job.seeds))
            if common:
                warnings.append(
                    f"{_label(first)} and {_label(second)} share {_count(common, 'trial')}, "
                    "which the analysis counts once"
                )
    return sorted(set(warnings))


def _describe_results(results: Sequence[TrialResult]) -> str:
    """What became of a job's trials."""
    trials = _count(len(results), "trial")
    diverged = sum(result.status == "diverged" for result in results)
    wrong = [result.wrong for result in results if result.wrong is not None]
    if not wrong:
        return f"all {trials} diverged" if len(results) > 1 else "the trial diverged"
    return (
        f"wrong {np.mean(wrong):.1f} of {results[0].test_sequences} (mean of {trials}), "
        f"solved {sum(result.solved for result in results)}" + (f", diverged {diverged}" if diverged else "")
    )


def _budget(job: Job) -> int:
    return job.max_steps * job.batch_size


def _label(setting: Setting) -> str:
    return setting.folder.name.rpartition("-")[0] or setting.folder.name


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _format_seconds(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
