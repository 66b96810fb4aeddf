"""Job arrays that were submitted for a sweep: which they are, and what of them is in the queue."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from seqmem.cluster.shares import FOLDER
from seqmem.records import RecordError
from seqmem.records.files import read_whole, write_whole
from seqmem.records.schema import MOST_ENTRIES, Name, Text, read_json
from seqmem.slurm import Task, read_config, read_tasks
from seqmem.sweep import Shard
from seqmem.sweep.shards import MOST_SHARDS

ARRAYS = "arrays.json"
LARGEST = 2**24  # bytes of it


@dataclass(frozen=True)
class Array:
    """A job array.

    cluster: Name of the cluster.
    job: Its number there.
    count: Into how many shares the sweep was cut; the array's task k trains share k.
    sweep: What was cut, as `identify` tells it.
    """

    cluster: Text
    job: Name
    count: Annotated[int, Meta(ge=1, le=MOST_SHARDS)]
    sweep: Name

    def name_share(self, task: Task) -> str:
        """A task's share and Slurm's name for it, for people."""
        return f"share {Shard(task.number, self.count)} (Slurm job {self.job}_{task.number})"


def read_arrays(sweep: Path) -> list[Array]:
    """The job arrays that were submitted for a sweep's folder, the latest last; none if that cannot be read."""
    try:
        kept = Annotated[list[Array], Meta(max_length=MOST_ENTRIES)]
        return list(read_json(read_whole(sweep / FOLDER / ARRAYS, LARGEST), kept))
    except (RecordError, ValueError):
        return []


def write_arrays(sweep: Path, arrays: Sequence[Array]) -> None:
    """Write which job arrays were submitted for a sweep's folder."""
    content = json.dumps([asdict(array) for array in arrays[-MOST_ENTRIES:]], indent=2) + "\n"
    write_whole(sweep / FOLDER / ARRAYS, content.encode())


def find_queued(sweep: Path) -> dict[Array, list[Task]]:
    """The job arrays of a sweep's folder that wait or run, with those of their tasks that do.

    Raises:
        SlurmError: if Slurm cannot be asked.
    """
    cluster = read_config().get("ClusterName", "")
    queued = {
        array: [task for task in read_tasks(array.job) if task.is_in_queue]
        for array in read_arrays(sweep)
        if array.cluster == cluster
    }
    return {array: tasks for array, tasks in queued.items() if tasks}
