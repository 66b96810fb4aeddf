"""Jobs to trials to stacks: skips what is done, gives every job its result as soon as it has one."""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import traceback
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from seqmem import records
from seqmem.engines.choose import Choice, DeviceName, EngineName, build_engine, choose_engine, share_stack
from seqmem.engines.engine import Trial
from seqmem.job import Job
from seqmem.results import Outcome, TrialResult
from seqmem.summary import compute_objective, summarise
from seqmem.trainer import train

# What identifies, places or displays a job, but cannot change a trial's numbers.
NOT_IN_FINGERPRINT = ("trials", "seed", "engine", "device", "threads", "objective")
LIBRARIES = ("seqmem", "torch", "numpy", "numba")


@dataclass(frozen=True)
class Point:
    """One point of a sweep: a checked job, what it was made from, and where its files go."""

    job: Job
    choice: Choice
    config: Mapping[str, Any]
    overrides: list[str]
    folder: Path
    objective: str = "error_rate"

    @property
    def fingerprint(self) -> str:
        return compute_fingerprint(self.config, self.choice)


class Display(Protocol):
    """What shows a sweep while it runs."""

    def start(self, points: Sequence[Point], done: Sequence[int]) -> None:
        """The sweep begins; the results of `done` are there already."""

    def advance(self, sequences: int) -> None:
        """So many training sequences have passed since the last call."""

    def trial_done(self, point: Point, result: TrialResult) -> None: ...

    def job_done(self, point: Point, results: Sequence[TrialResult]) -> None: ...

    def job_failed(self, point: Point, error: Exception) -> None: ...

    def stop(self) -> None:
        """The sweep has ended, whichever way."""


def compute_fingerprint(config: Mapping[str, Any], choice: Choice) -> str:
    """Hash of all that can change a trial's numbers."""
    kept: dict[str, Any] = {key: value for key, value in config.items() if key not in NOT_IN_FINGERPRINT}
    for group in ("task", "model"):
        kept[group] = {key: value for key, value in config[group].items() if key != "name"}
    kept["hidden"] = kept["hidden"] if isinstance(kept["hidden"], list) else [kept["hidden"]]
    kept["chosen"] = [choice.engine, choice.device]
    kept = _unify_numbers(kept)
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]


def _unify_numbers(value: Any) -> Any:
    """The same values, with numbers that are whole as integers: 1e5 and 100000 are one."""
    if isinstance(value, Mapping):
        return {key: _unify_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unify_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def run(
    jobs: Sequence[Job], engine: EngineName = "auto", device: DeviceName = "auto", threads: int | None = None
) -> list[list[Outcome]]:
    """Train all trials of some jobs, stacked, without a config or a folder.

    Args:
        jobs: What to train.
        engine: As the config key.
        device: As the config key.
        threads: As the config key.
    Returns:
        For each job what became of its trials, in the order of their seeds.
    Raises:
        ValueError: if there is no such engine or device here.
    """
    choices = [choose_engine(job, engine, device, threads) for job in jobs]
    outcomes: list[list[Outcome]] = [[] for _ in jobs]
    for stack in _make_stacks(jobs, choices, range(len(jobs))):
        for place, outcome in _train_stack(jobs, choices[stack[0]], stack, lambda _: None):
            outcomes[place].append(outcome)
    return [sorted(own, key=lambda outcome: outcome.result.trial) for own in outcomes]


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
            _write_status(points[place], "running")
        display.start([points[place] for place in twins], [list(twins).index(place) for place in done])
        for place, trials in done.items():
            yield from _give(points, twins[place], trials)
        jobs, choices = [point.job for point in points], [point.choice for point in points]
        for stack in _make_stacks(jobs, choices, sorted(waiting)):
            for place, outcome in _run_stack(points, stack, display):
                waiting.remove(place)
                yield from _give(points, twins[place], outcome)
    except BaseException:
        for place in waiting:
            with contextlib.suppress(OSError):
                _write_status(points[place], "interrupted")
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


def _make_stacks(jobs: Sequence[Job], choices: Sequence[Choice], places: Iterable[int]) -> list[list[int]]:
    """Put the jobs together that can share a stack."""
    stacks: dict[Hashable, list[int]] = {}
    for place in places:
        stacks.setdefault((choices[place], share_stack(choices[place], jobs[place])), []).append(place)
    return list(stacks.values())


def _train_stack(
    jobs: Sequence[Job], choice: Choice, places: Sequence[int], on_advance: Callable[[int], None]
) -> Iterator[tuple[int, Outcome]]:
    """Train all trials of some jobs side by side; yields each job's place with each trial's outcome."""
    owners = [place for place in places for _ in jobs[place].seeds]
    trials = [Trial(jobs[place], seed) for place in places for seed in jobs[place].seeds]
    for trial, outcome in train(build_engine(choice, trials), trials, on_advance):
        yield owners[trial], outcome


def _run_stack(
    points: Sequence[Point], places: list[int], display: Display
) -> Iterator[tuple[int, list[TrialResult] | Exception]]:
    """Run points that share a stack; if that fails, each by itself, so that only the cause fails."""
    outcomes: dict[int, list[Outcome]] = {place: [] for place in places}
    jobs = [point.job for point in points]
    training = _train_stack(jobs, points[places[0]].choice, places, display.advance)
    while outcomes:
        try:
            place, outcome = next(training)
        except Exception as error:
            if len(places) == 1:
                yield places[0], _write_failed(points[places[0]], error, display)
            else:
                for place in outcomes:
                    yield from _run_stack(points, [place], display)
            return
        display.trial_done(points[place], outcome.result)
        outcomes[place].append(outcome)
        if len(outcomes[place]) == jobs[place].trials:
            yield place, _write_done(points[place], outcomes.pop(place), display)


def _write_done(point: Point, outcomes: Sequence[Outcome], display: Display) -> list[TrialResult]:
    trials = sorted((outcome.result for outcome in outcomes), key=lambda trial: trial.trial)
    records.write_outcomes(point.folder, outcomes)
    records.write_whole(point.folder / records.LOG, "".join(map(_read_trial, trials)).encode())
    _write_status(point, "done", summary=summarise(trials))
    display.job_done(point, trials)
    return trials


def _read_trial(trial: TrialResult) -> str:
    """A trial's line in its job's log."""
    end = f"solved after {trial.sequences_to_criterion:,}" if trial.sequences_to_criterion else f"{trial.sequences:,}"
    wrong = "not tested" if trial.wrong is None else f"{trial.wrong} of {trial.test_sequences} wrong"
    who = f"trial {trial.trial} (seed {trial.seed})"
    return f"{who}: {trial.status}, {end} sequences, {wrong}, {trial.wall_time_s:.2f} s\n"


def _write_failed(point: Point, error: Exception, display: Display) -> Exception:
    trace = "".join(traceback.format_exception(error))
    records.write_whole(point.folder / records.LOG, trace.encode())
    _write_status(point, "failed", error=f"{type(error).__name__}: {error}")
    display.job_failed(point, error)
    return error


def _write_status(point: Point, status: records.JobStatus, **more: Any) -> None:
    result = records.Result(
        status=status,
        fingerprint=point.fingerprint,
        overrides=list(point.overrides),
        config=dict(point.config),
        engine=point.choice.engine,
        device=point.choice.device,
        reason=point.choice.reason,
        versions={"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
        **more,
    )
    records.write_result(point.folder, result)
