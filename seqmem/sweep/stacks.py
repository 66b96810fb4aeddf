"""Jobs to stacks: which can be trained side by side; and their training without a folder."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from seqmem.engines.choose import (
    Choice,
    DeviceName,
    EngineName,
    build_engine,
    choose_engine,
    fit_stack,
    share_stack,
)
from seqmem.engines.engine import Trial
from seqmem.job.job import Job
from seqmem.sweep.room import find_room
from seqmem.training.outcome import Outcome
from seqmem.training.trainer import train


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
    choices = {place: choose_engine(job, engine, device, threads) for place, job in enumerate(jobs)}
    outcomes: list[list[Outcome]] = [[] for _ in jobs]
    for places in make_stacks(dict(enumerate(jobs)), choices, choices):
        choice = choices[places[0]]
        waiting = [(place, Trial(jobs[place], seed)) for place in places for seed in jobs[place].seeds]
        while waiting:
            parts = list_parts(trial.job for _, trial in waiting)
            count = fit_stack(choice, parts, find_room(choice))
            stack, waiting = waiting[:count], waiting[count:]
            trials = [trial for _, trial in stack]
            for row, outcome in train(build_engine(choice, trials), trials):
                outcomes[stack[row][0]].append(outcome)
    return [sorted(own, key=lambda outcome: outcome.result.trial) for own in outcomes]


def make_stacks(jobs: Mapping[int, Job], choices: Mapping[int, Choice], places: Iterable[int]) -> list[list[int]]:
    """Put the jobs together that can share a stack; all by their place in the sweep."""
    stacks: dict[Hashable, list[int]] = {}
    for place in places:
        stacks.setdefault((choices[place], share_stack(choices[place], jobs[place])), []).append(place)
    return list(stacks.values())


def list_parts(jobs: Iterable[Job]) -> Iterator[tuple[Job, int]]:
    """Each trial's job, in their order, as jobs and how many trials of each come one after the other."""
    for _, same in groupby(jobs, key=id):
        job, *others = same
        yield job, 1 + len(others)
