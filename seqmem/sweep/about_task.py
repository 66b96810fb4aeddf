"""What a job's result tells of its task: what a guess gets, and what stands in the sequence that is traced."""

from __future__ import annotations

import contextlib
from typing import Any

from seqmem import records
from seqmem.job.data import draw_test_set
from seqmem.job.job import Job
from seqmem.tasks import Task
from seqmem.training.trainer import choose_traced, draw_samples


def describe_task(job: Job) -> dict[str, Any]:
    """`chance`, `steps` and `telling`, as in `records.Result`; without what the task fails of."""
    about: dict[str, Any] = {}
    with contextlib.suppress(Exception):  # of a task's own code, behind all training
        about |= _describe_traced(job)
    if not type(job.task).__module__.startswith(
        "seqmem."
    ):  # of others it is found by their configs, when it is asked for
        with contextlib.suppress(Exception):
            chance = records.count_guessed_wrong(job.task, draw_test_set(job, job.seed))
            about |= {"chance": chance} if chance > 0 else {}
    return about


def _describe_traced(job: Job) -> dict[str, Any]:
    """The inputs of the sequence that the job's first trial is traced over."""
    if type(job.task).telling_steps is Task.telling_steps and job.task.max_length > records.MOST_STEPS:
        return {}
    traced = choose_traced(draw_samples(job, job.seed))
    inputs = traced.inputs[0][: int(traced.lengths[0])]
    telling = [int(step) for step in job.task.telling_steps(inputs) if 0 <= step < len(inputs)]
    steps = job.task.format_steps(inputs) if job.task.symbols and len(inputs) <= records.MOST_STEPS else []
    return {"steps": [records.visible(step) for step in steps], "telling": telling}
