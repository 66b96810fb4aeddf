"""Which jobs the compiled engine can run."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from seqmem import tasks
from seqmem.engines.fused.steps.plans import find_reason
from seqmem.job.job import Job
from seqmem.tasks.task import Task

SAMPLERS = "seqmem.engines.fused.samplers"
ATTENTIONS = (None, "dot", "cosine")


def find_obstacle(job: Job) -> str | None:
    """Why the engine cannot run a job, in one clause; None if it can.

    A subclass of a built-in task may compute something else, so it is none.
    """
    for width in job.network.hidden_sizes:
        if reason := find_reason(job.network.cell, width):
            return reason
    if job.network.attention not in ATTENTIONS:
        return f"attention={job.network.attention} is for the reference engine"
    if not is_built_in(job.task):
        return f"{type(job.task).__name__} is not a built-in task"
    if None in (job.task.training_set, job.task.test_set) and find_sampler(type(job.task)) is None:
        return f"{type(job.task).__name__} has no compiled sampler"
    return None


def is_built_in(task: Task) -> bool:
    """Whether a task is one of seqmem's own."""
    return type(task).__module__.rpartition(".")[0] == tasks.__name__


@cache
def find_sampler(task: type[Task]) -> str | None:
    """The module that draws a built-in task's sequences in compiled code, which has its name; None if there is none."""
    module = f"{SAMPLERS}.{task.__module__.rpartition('.')[2]}"
    return module if find_spec(module) else None
