"""Which jobs the compiled engine can run."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from seqmem.engines.fused.steps.plans import find_reason
from seqmem.job.job import Job
from seqmem.job.own_loss import OwnLoss
from seqmem.tasks.contract import is_built_in
from seqmem.tasks.task import Task

SAMPLERS = "seqmem.engines.fused.samplers"
ATTENTIONS = (None, "dot", "cosine")


def find_obstacle(job: Job) -> str | None:
    """Why the engine cannot run a job, in one clause; None if it can."""
    for width in job.network.hidden_sizes:
        if reason := find_reason(job.network.cell, width):
            return reason
    if isinstance(job.loss, OwnLoss):
        return f"loss={job.loss.name}, a loss of one's own, is for the reference engine"
    if job.network.attention not in ATTENTIONS:
        return f"attention={job.network.attention} is for the reference engine"
    return None


@cache
def find_sampler(task: type[Task]) -> str | None:
    """The module that draws a built-in task's sequences in compiled code, which has its name; None if there is none.

    A subclass of a built-in task may draw something else, so it has none.
    """
    if not is_built_in(task):
        return None
    module = f"{SAMPLERS}.{task.__module__.rpartition('.')[2]}"
    return module if find_spec(module) else None
