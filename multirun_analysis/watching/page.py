"""The page of a sweep while it runs: written anew now and then, and read anew by the browser that shows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from multirun_analysis.folder import write_files
from multirun_analysis.frames.jobs import AnalysisError
from multirun_analysis.frames.sweep import read_sweep
from multirun_analysis.report import build_live_page
from multirun_analysis.watching.progress import JobProgress, SweepProgress
from multirun_analysis.watching.watch import describe

PAGE = "report.html"
PAUSE_S = 5.0  # between two pages, or longer where one takes long
SHARE = 0.2  # of the time that may go into pages


class LivePage:
    """Keeps a sweep's page fresh.

    Args:
        folders: The sweep's.
        out: The page's folder.
        clock: In seconds.
    """

    def __init__(self, folders: Sequence[Path], out: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folders = folders
        self.out = out
        self.clock = clock
        self.shown: list[JobProgress] = []
        self.due = clock()

    def update(self, progress: SweepProgress, ended: bool) -> None:
        """Write the page if there is anything new, and it has not been written a moment ago; at the end always.

        Raises:
            AnalysisError: if it cannot be written.
        """
        began = self.clock()
        if not progress.jobs or not (ended or (progress.jobs != self.shown and began >= self.due)):
            return
        try:
            sweep = read_sweep(*self.folders)
        except AnalysisError:  # what is being written: the next look will find it
            return
        write_files({PAGE: build_live_page(sweep, None if ended else describe(progress))}, self.out)
        self.shown = list(progress.jobs)
        self.due = self.clock() + max(PAUSE_S, (self.clock() - began) / SHARE)
