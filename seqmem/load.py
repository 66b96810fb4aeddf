"""A trained trial, taken up again from its job's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seqmem import records
from seqmem.config.stored import build_stored_job
from seqmem.tasks import Task

if TYPE_CHECKING:
    from seqmem.engines.reference.module import TrainedNetwork


def load(folder: str | Path, trial: int = 0, trust: bool = False) -> tuple[Task, TrainedNetwork]:
    """Load a trained network and the task that it was trained on.

    Args:
        folder: The job's folder.
        trial: Which of the job's trials.
        trust: Import classes from outside of seqmem that the folder's config names.
    Returns:
        The task, and a torch module that answers it.
    Raises:
        RecordError: if the folder's files are missing or damaged.
        ValueError: if the config names a class from elsewhere and is not trusted.
    """
    folder = Path(folder)
    job = build_stored_job(folder, records.read_result(folder).config, trust, "trust=True")
    weights = records.read_weights(folder, trial)
    if {name: value.shape for name, value in weights.items()} != job.network.parameters():
        raise records.RecordError(f"{folder / records.WEIGHTS} does not fit the config beside it")
    from seqmem.engines.reference.module import TrainedNetwork

    return job.task, TrainedNetwork(job.network, weights)
