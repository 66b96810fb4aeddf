"""Shares of a sweep, for processes that have nothing to say to each other: `shard=3/16` is the third of sixteen.

Every process cuts the whole sweep by itself. The cut depends on the configs alone, neither on the
machine nor on what is done, so all of them come to the same one, and each job is of one share.
"""

from __future__ import annotations

import heapq
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from seqmem.engines.flops import count_flops
from seqmem.job.job import Job
from seqmem.records import RecordError
from seqmem.records.files import read_whole, write_whole
from seqmem.records.schema import read_json
from seqmem.sweep.setting import Setting

SHARDS = "shards.json"
LARGEST = 2**16  # bytes of it
MOST_SHARDS = 100_000
BLOCKS = 16  # of settings of one kind that a share has at least, where there are so many
STEP = 200_000  # operations that would take as long as what a training step has beside its arithmetic


@dataclass(frozen=True)
class Shard:
    """A share of a sweep.

    number: Which one it is, from 1 on.
    count: How many there are.
    """

    number: int
    count: int

    @classmethod
    def read(cls, text: str) -> Shard:
        """The share that `3/16` names.

        Raises:
            ValueError: if it names none.
        """
        if found := re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", text, re.ASCII):
            number, count = map(int, found.groups())
            if number <= count <= MOST_SHARDS:
                return cls(number, count)
        raise ValueError(
            f"shard must be K/N, the Kth of N shares, with K from 1 to N and N at most {MOST_SHARDS:,}, "
            f"such as 3/16, got {text[:50]}"
        )

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def estimate_cost(job: Job) -> int:
    """What a job's trials take if none ends early, in operations, the same on every machine; tests included."""
    tests = math.ceil(job.max_sequences / job.evaluate_every) * job.test_size / job.batch_size / 3  # forwards only
    return math.ceil(job.trials * (job.max_steps + tests) * (STEP + count_flops(job)))


def cut(settings: Sequence[Setting], count: int) -> list[list[int]]:
    """The shares of a sweep: for each the indices of its settings, in their order.

    Settings of one kind, which can fill a stack together, are kept together in blocks, and the
    blocks are dealt out, the most expensive first, each to the share that has least to do yet: no
    share costs more than the mean and a `BLOCKS`th of it, or one job. Settings that share a folder
    go together.

    Args:
        settings: All of the sweep.
        count: How many shares; some stay empty if there are fewer settings.
    """
    jobs: dict[tuple[str, int], list[int]] = {}
    for index, setting in enumerate(settings):
        jobs.setdefault((setting.fingerprint, setting.job.seed), []).append(index)
    costs = {min(same): max(estimate_cost(settings[index].job) for index in same) for same in jobs.values()}
    kinds = {index: _describe_kind(settings[index]) for index in costs}
    order = sorted(costs, key=lambda index: (kinds[index], costs[index], index))
    limit = sum(costs.values()) // (count * BLOCKS)
    blocks = [block for _, kind in groupby(order, kinds.__getitem__) for block in _make_blocks(kind, costs, limit)]
    blocks.sort(key=lambda block: (-sum(costs[index] for index in block), block))
    dealt: list[list[int]] = [[] for _ in range(count)]
    loads = [(0, share) for share in range(count)]  # a heap
    for block in blocks:
        load, share = loads[0]
        heapq.heapreplace(loads, (load + sum(costs[index] for index in block), share))
        dealt[share] += block
    together = {min(same): same for same in jobs.values()}
    return [sorted(index for first in firsts for index in together[first]) for firsts in dealt]


def _describe_kind(setting: Setting) -> str:
    """What settings have in common that can fill a stack together."""
    return json.dumps([setting.config[key] for key in ("model", "task", "hidden", "batch_size", "engine")])


def _make_blocks(indices: Iterator[int], costs: dict[int, int], limit: int) -> Iterator[list[int]]:
    """Cut jobs in their order into blocks that cost no more than `limit`, or are one job."""
    block: list[int] = []
    total = 0
    for index in indices:
        if block and total + costs[index] > limit:
            yield block
            block, total = [], 0
        block.append(index)
        total += costs[index]
    yield block


@dataclass(frozen=True)
class _Record:
    """What `shards.json` holds.

    count: The number of shares.
    """

    count: Annotated[int, Meta(ge=1, le=MOST_SHARDS)]


def read_count(sweep: Path) -> int | None:
    """Into how many shares a sweep's folder says that it was cut last; None if it does not say so."""
    try:
        return read_json(read_whole(sweep / SHARDS, LARGEST), _Record).count
    except (RecordError, ValueError):
        return None


def record_count(sweep: Path, count: int) -> str | None:
    """Write into a sweep's folder into how many shares it is cut; a line on that if it was another number."""
    before = read_count(sweep)
    if before != count:
        write_whole(sweep / SHARDS, (json.dumps({"count": count}) + "\n").encode())
    if before in (None, count):
        return None
    return f"{sweep} was cut into {before:,} shares before, and is cut into {count:,} now; what is done stays done"
