"""Runs the points of a sweep: skips what is done, gives every job its result as soon as it has one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from seqmem import records
from seqmem.results import Outcome, TrialResult
from seqmem.summary import compute_objective
from seqmem.sweep.display import Display
from seqmem.sweep.ending import write_done, write_failed, write_status
from seqmem.sweep.point import Point
from seqmem.sweep.stacks import make_stacks, train_stack


def run_points(points: Sequence[Point], display: Display) -> Iterator[tuple[int, float | Exception]]:
    """Run every point that has no result yet; points of one folder once, with all trials that they ask for.

    Yields:
        Each point's place and its objective, or the error that it ended with, as soon as its
        files are written.
    """
    twins = _find_twins(points)
    done = {place: trials for place in twins if (trials := _read_done(points[place])) is not None}
    waiting = {place for place in twins if place not in done}
    try:
        for place in sorted(waiting):
            write_status(points[place], "running")
        display.start([points[place] for place in twins], [list(twins).index(place) for place in done])
        for place, trials in done.items():
            yield from _give(points, twins[place], trials)
        jobs, choices = [point.job for point in points], [point.choice for point in points]
        for stack in make_stacks(jobs, choices, sorted(waiting)):
            for place, outcome in _run_stack(points, stack, display):
                waiting.remove(place)
                yield from _give(points, twins[place], outcome)
    except BaseException:
        for place in waiting:
            with contextlib.suppress(OSError):
                write_status(points[place], "interrupted")
        raise
    finally:
        display.stop()


def _find_twins(points: Sequence[Point]) -> dict[int, list[int]]:
    """The places of the points that have a folder in common, by the place of the one with the most trials."""
    by_folder: dict[Path, list[int]] = {}
    for place, point in enumerate(points):
        by_folder.setdefault(point.folder, []).append(place)
    return {max(places, key=lambda place: points[place].job.trials): places for places in by_folder.values()}


def _give(
    points: Sequence[Point], places: Iterable[int], outcome: Sequence[TrialResult] | Exception
) -> Iterator[tuple[int, float | Exception]]:
    """The objective of each point over its own trials, or the error that they have in common."""
    for place in places:
        point = points[place]
        if isinstance(outcome, Exception):
            yield place, outcome
        else:
            yield place, compute_objective(point.objective, point.job, _pick_own(point, outcome))


def _read_done(point: Point) -> list[TrialResult] | None:
    """The trials of a point whose result is there already."""
    try:
        result = records.read_result(point.folder)
        if result.status != "done" or result.fingerprint != point.fingerprint:
            return None
        trials = _pick_own(point, records.read_trials(point.folder))
    except records.RecordError:
        return None
    return trials if len(trials) == point.job.trials else None


def _pick_own(point: Point, trials: Iterable[TrialResult]) -> list[TrialResult]:
    return [trial for trial in trials if trial.seed in point.job.seeds]


def _run_stack(
    points: Sequence[Point], places: list[int], display: Display
) -> Iterator[tuple[int, list[TrialResult] | Exception]]:
    """Run points that share a stack; if that fails, each by itself, so that only the cause fails."""
    outcomes: dict[int, list[Outcome]] = {place: [] for place in places}
    jobs = [point.job for point in points]
    training = train_stack(jobs, points[places[0]].choice, places, display.advance)
    while outcomes:
        try:
            place, outcome = next(training)
        except Exception as error:
            if len(places) == 1:
                write_failed(points[places[0]], error)
                display.job_failed(points[places[0]], error)
                yield places[0], error
            else:
                for place in outcomes:
                    yield from _run_stack(points, [place], display)
            return
        display.trial_done(points[place], outcome.result)
        outcomes[place].append(outcome)
        if len(outcomes[place]) == jobs[place].trials:
            results = write_done(points[place], outcomes.pop(place))
            display.job_done(points[place], results)
            yield place, results
