"""Jobs to stacks: which can be trained side by side; and their training without a folder."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from seqmem.engines.choose import Choice, DeviceName, EngineName, build_engine, choose_engine, share_stack
from seqmem.engines.engine import Trial
from seqmem.job.job import Job
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
    for stack in make_stacks(dict(enumerate(jobs)), choices, choices):
        owners = [place for place in stack for _ in jobs[place].seeds]
        trials = [Trial(jobs[place], seed) for place in stack for seed in jobs[place].seeds]
        for trial, outcome in train(build_engine(choices[stack[0]], trials), trials):
            outcomes[owners[trial]].append(outcome)
    return [sorted(own, key=lambda outcome: outcome.result.trial) for own in outcomes]


def make_stacks(jobs: Mapping[int, Job], choices: Mapping[int, Choice], places: Iterable[int]) -> list[list[int]]:
    """Put the jobs together that can share a stack; all by their place in the sweep."""
    stacks: dict[Hashable, list[int]] = {}
    for place in places:
        stacks.setdefault((choices[place], share_stack(choices[place], jobs[place])), []).append(place)
    return list(stacks.values())
