"""A trained trial, taken up again from its job's folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqmem import records
from seqmem.config.build import build_job
from seqmem.tasks import Task

if TYPE_CHECKING:
    from seqmem.engines.reference import TrainedNetwork


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
    config = records.read_result(folder).config
    if not trust:
        _refuse_foreign_classes(folder, config)
    weights = records.read_weights(folder, trial)
    from seqmem.engines.reference import TrainedNetwork

    job = build_job(config)
    return job.task, TrainedNetwork(job.network, weights)


def _refuse_foreign_classes(folder: Path, config: Mapping[str, Any]) -> None:
    for group in ("task", "model"):
        target = str(config[group]["_target_"])
        if not target.startswith("seqmem."):
            raise ValueError(
                f"{folder} names {group}._target_={target}, which is not seqmem's; pass trust=True to run it"
            )
