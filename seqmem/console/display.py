"""Shows a sweep while it runs: live lines in a terminal, plain ones elsewhere."""

from __future__ import annotations

import logging
import shlex
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.live import Live

from seqmem.console.best import Score, make_table, score
from seqmem.console.pace import Pace
from seqmem.console.status import Status
from seqmem.console.words import EXISTING, count_of, describe_results, find_repeated_trials, name_setting
from seqmem.job.job import Job
from seqmem.output import visible
from seqmem.sweep import Setting, Sweep
from seqmem.sweep.existing import Existing
from seqmem.sweep.plan import format_time
from seqmem.sweep.setting import list_obstacles
from seqmem.training.outcome import TrialResult

DRAWN_A_SECOND = 4  # in a terminal
FILE_WIDTH = 1000  # columns; a table takes what it needs of them
PLAIN_S = 10.0  # between two lines, where there is none


class _ConsoleHandler(logging.Handler):
    """Shows what the engines announce, such as that they compile something, above the live lines."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self.show = show

    def emit(self, record: logging.LogRecord) -> None:
        self.show(record.getMessage())


class _Ticker(threading.Thread):
    """Does something every so many seconds, until it is told to stop."""

    def __init__(self, seconds: float, do: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.seconds, self.do = seconds, do
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(self.seconds):
            self.do()

    def stop(self) -> None:
        self.stopped.set()
        self.join()


class ConsoleDisplay:
    """Writes to standard error: a line for each job that ends; below them, in a terminal, how it stands.

    Without a terminal it says every ten seconds how it stands. A sweep of several settings ends with the best of them.

    Args:
        console: Where to write.
        command: What runs just the jobs that failed.
    """

    def __init__(self, console: Console | None = None, command: str = "") -> None:
        self.console = console or Console(stderr=True, highlight=False)
        if not self.console.is_terminal:
            self.console.soft_wrap = True  # a file has no columns
        self.status: Status | None = None
        self.live: Live | None = None
        self.ticker: _Ticker | None = None
        self.failures: dict[str, str] = {}
        self.command = command
        self.log = logging.getLogger("seqmem")
        self.handler = _ConsoleHandler(self._announce)

    def start(self, sweep: Sweep) -> None:
        settings = [sweep.settings[index] for index in sweep.jobs]
        existing = list(sweep.existing.values())
        to_do = [(sweep.settings[index], sweep.existing[index]) for index in sweep.to_do]
        self.folder = sweep.folder
        self.failed_now = False
        trials = sum(setting.job.trials - found.num_ended for setting, found in to_do)
        pace = Pace(sum(_budget(setting.job) * (setting.job.trials - found.num_ended) for setting, found in to_do))
        self.status = Status(len(settings), trials, pace)
        self.status.jobs = len(settings) - len(to_do)
        self.failures = {
            name_setting(setting): found.error.partition("\n")[0]
            + (f" (see {setting.folder})" if found.status == "failed" else "")
            for setting, found in zip(settings, existing, strict=True)
            if found.status in ("failed", "damaged")
        }
        self.ended: set[tuple[Path, int]] = set()  # trials that were counted: a stack that fails is trained again
        self.solved: set[tuple[Path, int]] = set()
        self.scores: list[Score] = []
        for setting, found in zip(settings, existing, strict=True):
            if found.status == "done" and found.trials:
                self._score(setting, found.trials)
        self._say_beginning(settings, existing, trials)
        for line in list_obstacles([setting for setting, _ in to_do]):
            self._print(visible(line))
        self.log.addHandler(self.handler)
        self.log.setLevel(logging.INFO)
        self.log.propagate = False
        if to_do:
            self._show_progress(self.status)

    def _say_beginning(self, settings: Sequence[Setting], existing: Sequence[Existing], trials: int) -> None:
        """Say what there is, and what is to be done."""
        for warning in find_repeated_trials(settings):
            self._print(f"warning: {warning}", style="yellow")
        counts = Counter(found.status for found in existing)
        found = "".join(f", {counts[status]} {words}" for status, words in EXISTING if counts[status])
        where = f", {visible(str(self.folder))}" if self.folder else ""
        self._print(f"{count_of(len(settings), 'job')}{found}, {count_of(trials, 'trial')} to train{where}")

    def _show_progress(self, status: Status) -> None:
        if self.console.is_terminal:
            self.live = Live(status, console=self.console, transient=True, refresh_per_second=DRAWN_A_SECOND)
            self.live.start()
        elif not self.console.quiet:
            self.ticker = _Ticker(PLAIN_S, self.tick)
            self.ticker.start()

    def tick(self) -> None:
        """Say in a line how it stands."""
        if self.status is not None:
            self._print(self.status.format_line())

    def build(self) -> None:
        self._status.pace.build()

    def train(self) -> None:
        self._status.pace.train()

    def advance(self, sequences: int) -> None:
        self._status.pace.advance(sequences)

    def trial_solved(self, setting: Setting, seed: int) -> None:
        self.solved.add((setting.folder, seed))
        self._status.solved = len(self.solved)

    def trial_done(self, setting: Setting, result: TrialResult) -> None:
        if (setting.folder, result.seed) in self.ended:
            return
        self.ended.add((setting.folder, result.seed))
        self._status.trials += 1
        self._status.diverged += result.status == "diverged"
        if result.solved:
            self.trial_solved(setting, result.seed)
        self._status.pace.spare(_budget(setting.job) - result.sequences)  # what a trial that stops early leaves

    def job_done(self, setting: Setting, results: Sequence[TrialResult]) -> None:
        self._status.jobs += 1
        self._score(setting, results)
        seconds = sum(result.wall_time_s for result in results)
        self._print_job(f"{name_setting(setting)}: {describe_results(results)}, {seconds:.1f} s")

    def job_failed(self, setting: Setting, error: Exception) -> None:
        self._status.jobs += 1
        self.failed_now = True
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        self.failures[name_setting(setting)] = f"{what} (see {setting.folder})"
        self._status.failed = len(self.failures)
        self._print_job(f"{name_setting(setting)} failed: {self.failures[name_setting(setting)]}", style="red")

    def note(self, text: str) -> None:
        self._print(text, style="yellow")

    def stop(self) -> None:
        self.log.removeHandler(self.handler)
        self.log.propagate = True
        if self.live is not None:
            self.live.stop()
        if self.ticker is not None:
            self.ticker.stop()
        if self.status is not None:
            self._sum_up(self.status)
        if self.failures:
            if not (self._status.total_jobs == 1 and self.failed_now):  # of one job, its own line has said it
                self._list_failures()
            if self.command:
                them = "it" if len(self.failures) == 1 else "them"
                self._print_command(f"run {them} again", self.command)

    def _sum_up(self, status: Status) -> None:
        """Say how long it took and, where a sweep has come to its end, which settings are the best."""
        pace = status.pace
        if status.trials:
            told = f"{count_of(status.trials, 'trial')} trained in {format_time(pace.elapsed_s)}"
            if pace.compiling_s:
                share = 100 * pace.compiling_s / pace.elapsed_s
                told += f", of which {format_time(pace.compiling_s)} compiling ({share:.0f} %)"
            self._print(told)
        if len(self.scores) > 1 and status.jobs == status.total_jobs:
            self._print("")
            self.console.print(make_table(self.scores), width=None if self.console.is_terminal else FILE_WIDTH)
            self._print("")
            if self.folder:
                command = shlex.join(["python", "-m", "multirun_analysis", str(self.folder)])
                self._print_command("all settings, what makes the difference, and figures", command)

    def _score(self, setting: Setting, results: Sequence[TrialResult]) -> None:
        self.scores.append(score(name_setting(setting), setting.job.name, results))

    @property
    def _status(self) -> Status:
        assert self.status is not None
        return self.status

    def _announce(self, text: str) -> None:
        """Show what an engine says."""
        if self.status is not None and text.startswith("compiling"):
            self.status.pace.announce_compiling()
        self._print(text)

    def _list_failures(self) -> None:
        self._print(f"{len(self.failures)} of {count_of(self._status.total_jobs, 'job')} failed:", style="red")
        for label, what in self.failures.items():
            self._print(f"  {label}: {what}", style="red")

    def _print_job(self, text: str, style: str | None = None) -> None:
        self._print(f"[{self._status.jobs}/{self._status.total_jobs}] {text}", style)

    def _print_command(self, what: str, command: str) -> None:
        """A command stands in a line, however long, so that it can be copied."""
        self.console.print(f"{what}: {command}", markup=False, soft_wrap=True)

    def _print(self, text: str, style: str | None = None) -> None:
        self.console.print(visible(text), style=style, markup=False)


def _budget(job: Job) -> int:
    return job.max_steps * job.batch_size
