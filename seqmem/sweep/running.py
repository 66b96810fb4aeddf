"""Runs the points of a sweep: skips what is done, goes on with what was interrupted, shares with other processes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from seqmem import records
from seqmem.records.summary import compute_objective
from seqmem.sweep.claims import Claims
from seqmem.sweep.display import Display
from seqmem.sweep.interruption import Interruption
from seqmem.sweep.lenders import index_folders
from seqmem.sweep.point import Point
from seqmem.sweep.policy import Policy
from seqmem.sweep.requests import Requests
from seqmem.sweep.shift import Settled, Shift
from seqmem.sweep.stacks import make_stacks
from seqmem.sweep.standing import Standing, find_standing
from seqmem.sweep.strangers import describe_changes, describe_strangers
from seqmem.training.outcome import TrialResult

POLL_S = 0.5  # how often a process that has nothing to do looks whether others have done something


class JobFailedError(RuntimeError):
    """A job that failed, and has said so already."""


class FailedBeforeError(JobFailedError):
    """A job that failed in an earlier run, and was left alone."""


def run_points(
    points: Sequence[Point], display: Display, policy: Policy | None = None
) -> Generator[tuple[int, float | Exception], None, None]:
    """Run every point that has no result yet; points of one folder once, with all trials that they ask for.

    Other processes may run points of the same folder at the same time: each is run by one of
    them, and this one waits for what the others do.

    Yields:
        Each point's place and its objective, or the error that it ended with, as soon as its
        files are written.
    Raises:
        ConflictError: before anything is written, if a folder holds results of another config
            or version.
        Stopped: if the process was asked to end, as by Ctrl-C; what is under way has been saved.
    """
    twins = _find_twins(points)
    own = {place: points[place] for place in twins}
    with contextlib.closing(_Run(own, display, policy or Policy()).run()) as settled:
        for place, outcome in settled:
            for twin in twins[place]:
                yield twin, _give(points[twin], outcome)


def _find_twins(points: Sequence[Point]) -> dict[int, list[int]]:
    """The places of the points that have a folder in common, by the place of the one with the most trials."""
    by_folder: dict[Path, list[int]] = {}
    for place, point in enumerate(points):
        by_folder.setdefault(point.folder, []).append(place)
    return {max(places, key=lambda place: points[place].job.trials): places for places in by_folder.values()}


def _give(point: Point, outcome: Sequence[TrialResult] | Exception) -> float | Exception:
    """A point's objective over its own trials, or what it failed of."""
    if isinstance(outcome, Exception):
        return outcome
    own = [trial for trial in outcome if trial.seed in point.job.seeds]
    return compute_objective(point.objective, point.job, own)


def _mark(point: Point) -> tuple[int, int] | None:
    """What changes whenever a point's result is written."""
    try:
        status = (point.folder / records.RESULT).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


class _Run:
    """One process's part in a sweep.

    Args:
        points: By place; each has a folder of its own.
        display: What shows it.
        policy: What to do about what is found.
    """

    def __init__(self, points: dict[int, Point], display: Display, policy: Policy) -> None:
        self.points = points
        self.jobs = {place: point.job for place, point in points.items()}
        self.choices = {place: point.choice for place, point in points.items()}
        self.display = display
        self.policy = policy
        self.folders = index_folders(next(iter(points.values())).folder.parent)
        self.marks = {place: _mark(point) for place, point in points.items()}
        self.standings = {place: find_standing(point, policy.retry, self.folders) for place, point in points.items()}
        self.waiting = [place for place in points if not self.standings[place].is_settled]
        self.told = False  # that there is nothing to do but to wait

    def run(self) -> Generator[Settled, None, None]:
        """Yields each point's place and trials, or the error that it ended with."""
        points = self.points
        with Claims() as claims, Interruption() as interruption:
            requests = Requests(next(iter(points.values())).folder.parent, claims.owner)
            shift = Shift(points, self.display, self.policy, claims, requests, interruption)
            try:
                settled = list(self._claim(shift, claims))  # before a word is said: the folder may be read-only
                self.display.start(list(points.values()), list(self.standings.values()))
                for line in describe_changes(points[place] for place in self.waiting):
                    self.display.note(line)
                if len(points) > 1:
                    for line in describe_strangers(points.values()):
                        self.display.note(line)
                for place in points:
                    if place not in self.waiting:
                        yield place, self._settle(place, self.standings[place], claims)
                while True:
                    for place, outcome in settled:
                        self.waiting.remove(place)
                        self._show(place, outcome)
                        yield place, outcome
                    if not self.waiting:
                        return
                    interruption.check()
                    yield from self._work(shift, requests)
                    settled = list(self._claim(shift, claims))
            except BaseException:
                for place, job in shift.jobs.items():
                    with contextlib.suppress(OSError):
                        if claims.check(points[place].folder):
                            job.interrupt()
                raise
            finally:
                requests.withdraw()
                self.display.stop()

    def _claim(self, shift: Shift, claims: Claims) -> Iterator[Settled]:
        """Claim what is free; yields what others have ended meanwhile."""
        for place in [place for place in self.waiting if place not in shift.jobs]:
            folder = self.points[place].folder
            if not claims.take(folder):
                continue
            standing = self._look_again(place)
            if standing.is_settled:
                claims.release(folder)
                yield place, self._settle(place, standing, claims)
            else:
                shift.begin(place, standing)

    def _work(self, shift: Shift, requests: Requests) -> Iterator[Settled]:
        """Train one stack of what was claimed; if that is nothing, ask for some and wait a little."""
        if not shift.jobs:
            self._wait(requests)
            return
        requests.withdraw()
        for place, outcome in shift.train(make_stacks(self.jobs, self.choices, sorted(shift.jobs))[0]):
            self.waiting.remove(place)
            yield place, outcome

    def _look_again(self, place: int) -> Standing:
        """How a point stands now that it was claimed: others may have ended it, whatever it was before."""
        untouched = self.marks[place] == _mark(self.points[place])
        return find_standing(self.points[place], self.policy.retry if untouched else "none", self.folders)

    def _settle(self, place: int, standing: Standing, claims: Claims) -> list[TrialResult] | Exception:
        """What a point that is left as it is has come to; clears up behind one that was killed at the last moment."""
        if standing.status == "done":
            folder = self.points[place].folder
            with contextlib.suppress(OSError):
                if claims.observer.free(folder):
                    (folder / records.STATE).unlink(missing_ok=True)
            return standing.trials
        return FailedBeforeError(standing.error)

    def _show(self, place: int, outcome: list[TrialResult] | Exception) -> None:
        if isinstance(outcome, Exception):
            self.display.job_failed(self.points[place], outcome)
        else:
            self.display.job_done(self.points[place], outcome)

    def _wait(self, requests: Requests) -> None:
        if not self.told:
            count = len(self.waiting)
            self.display.note(f"waiting for {count:,} job{'' if count == 1 else 's'} that other processes train")
            self.told = True
        requests.ask([self.points[place].folder for place in self.waiting])
        time.sleep(POLL_S)
