"""Jobs to stacks: which can be trained side by side, and their training."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from seqmem.engines.choose import Choice, DeviceName, EngineName, build_engine, choose_engine, share_stack
from seqmem.engines.engine import Trial
from seqmem.job import Job
from seqmem.results import Outcome
from seqmem.trainer import train


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
    for stack in make_stacks(jobs, choices, range(len(jobs))):
        for place, outcome in train_stack(jobs, choices[stack[0]], stack, lambda _: None):
            outcomes[place].append(outcome)
    return [sorted(own, key=lambda outcome: outcome.result.trial) for own in outcomes]


def make_stacks(jobs: Sequence[Job], choices: Sequence[Choice], places: Iterable[int]) -> list[list[int]]:
    """Put the jobs together that can share a stack."""
    stacks: dict[Hashable, list[int]] = {}
    for place in places:
        stacks.setdefault((choices[place], share_stack(choices[place], jobs[place])), []).append(place)
    return list(stacks.values())


def train_stack(
    jobs: Sequence[Job], choice: Choice, places: Sequence[int], on_advance: Callable[[int], None]
) -> Iterator[tuple[int, Outcome]]:
    """Train all trials of some jobs side by side; yields each job's place with each trial's outcome."""
    owners = [place for place in places for _ in jobs[place].seeds]
    trials = [Trial(jobs[place], seed) for place in places for seed in jobs[place].seeds]
    for trial, outcome in train(build_engine(choice, trials), trials, on_advance):
        yield owners[trial], outcome
