"""Job arrays of Slurm that were submitted for a sweep: which they are, and what has become of their tasks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from seqmem.job.checks import Count
from seqmem.records.files import RecordError, read_whole, write_whole
from seqmem.records.schema import MOST_ENTRIES, Name, Text, read_json
from seqmem.slurm import SlurmError, Task, read_accounts, read_config, read_tasks

FOLDER = ".shards"  # of a sweep's: what its shares have written to standard error
ARRAYS = "arrays.json"
LARGEST = 2**24  # bytes of it
MOST_TASKS = 100_000
GONE = "GONE"  # the state of a task that Slurm has forgotten

Number = Annotated[int, Meta(ge=1, le=MOST_TASKS)]


@dataclass(frozen=True)
class Array:
    """A job array.

    cluster: Name of the cluster.
    job: Its number there.
    count: Into how many shares the sweep was cut; the array's task k trains share k.
    sweep: What was cut, as a hash.
    tasks: Numbers of its tasks.
    settings: How many settings the sweep has.
    trials: How many trials they have.
    """

    cluster: Text
    job: Name
    count: Number
    sweep: Name
    tasks: Annotated[tuple[Number, ...], Meta(max_length=MOST_TASKS)]
    settings: Count
    trials: Count

    def name_share(self, task: Task) -> str:
        """A task's share and Slurm's name for it, for people."""
        return f"share {task.number}/{self.count} (Slurm job {self.job}_{task.number})"


def read_arrays(sweep: Path) -> list[Array]:
    """The job arrays that were submitted for a sweep's folder, the latest last; none if that cannot be read."""
    try:
        kept = Annotated[list[Array], Meta(max_length=MOST_ENTRIES)]
        return list(read_json(read_whole(sweep / FOLDER / ARRAYS, LARGEST), kept))
    except (RecordError, ValueError):
        return []


def write_arrays(sweep: Path, arrays: Sequence[Array]) -> None:
    """Write which job arrays were submitted for a sweep's folder."""
    content = json.dumps([asdict(array) for array in arrays[-MOST_ENTRIES:]]) + "\n"
    write_whole(sweep / FOLDER / ARRAYS, content.encode())


def read_latest_tasks(sweep: Path) -> list[tuple[Array, Task]]:
    """The tasks of a sweep's job arrays, of each share the one that was submitted last.

    A task that Slurm has forgotten, its accounting included, is `GONE`.

    Raises:
        SlurmError: if Slurm cannot be asked, or is another cluster's.
    """
    arrays = read_arrays(sweep)
    if not arrays:
        return []
    cluster = read_config().get("ClusterName", "")
    own = [array for array in arrays if array.cluster == cluster]
    if not own:
        raise SlurmError(f"they are of cluster {arrays[-1].cluster}, and this is {cluster}")
    latest = {(array.count, number): array for array in own for number in array.tasks}
    known = {array: _find_tasks(array) for array in dict.fromkeys(latest.values())}
    return [(array, known[array].get(number, Task(number, GONE))) for (_, number), array in latest.items()]


def _find_tasks(array: Array) -> dict[int, Task]:
    """What Slurm knows of an array's tasks, by their numbers."""
    tasks = {task.number: task for task in read_tasks(array.job)}
    if not tasks.keys() >= set(array.tasks):
        tasks = {task.number: task for task in read_accounts(array.job)} | tasks
    return tasks


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
