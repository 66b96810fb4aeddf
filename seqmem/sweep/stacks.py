"""Jobs to stacks: which can be trained side by side."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import groupby

from seqmem.engines.engine import Engine
from seqmem.job.job import Job


def make_stacks(jobs: Mapping[int, Job], engines: Mapping[int, Engine], indices: Iterable[int]) -> list[list[int]]:
    """Put the jobs together that can share a stack; all by their index in the sweep."""
    stacks: dict[Hashable, list[int]] = {}
    for index in indices:
        stacks.setdefault((engines[index], engines[index].stack_key(jobs[index])), []).append(index)
    return list(stacks.values())


def list_parts(jobs: Iterable[Job]) -> Iterator[tuple[Job, int]]:
    """Each trial's job, in their order, as jobs and how many trials of each come one after the other."""
    for _, same in groupby(jobs, key=id):
        job, *others = same
        yield job, 1 + len(others)
