"""A setting of a sweep, and what it is known by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from seqmem.engines.choose import Choice
from seqmem.job.job import Job
from seqmem.tasks import Task

# Keys that cannot change a trial's numbers: which trials there are, where they run, what is reported of them.
NOT_IN_FINGERPRINT = ("trials", "seed", "engine", "device", "threads", "objective")
# What the classes of a task, a model and a loss are made from that are not seqmem's: in a config, on no command line.
SOURCES = ("task_source", "model_source", "loss_source")


@dataclass(frozen=True)
class Setting:
    """One setting of a sweep: a checked job, what it was made from, and where its files go."""

    job: Job
    choice: Choice
    config: Mapping[str, Any]
    overrides: list[str]
    folder: Path
    objective: str = "error_rate"

    @property
    def classes(self) -> tuple[type, ...]:
        """Of its task, its model and its loss."""
        return type(self.job.task), type(self.job.network.cell), type(self.job.loss)

    @cached_property
    def fingerprint(self) -> str:
        return compute_fingerprint(self.config, self.choice, self.job.task)


def list_obstacles(settings: Sequence[Setting]) -> list[str]:
    """Why settings run on another engine than the fastest, where nobody asked for it; each reason once."""
    found = {setting.choice.obstacle: setting.choice.engine for setting in settings if setting.choice.obstacle}
    return [f"engine={engine.name}: {reason}" for reason, engine in found.items()]


def compute_fingerprint(config: Mapping[str, Any], choice: Choice, task: Task) -> str:
    """Hash of all that can change a trial's numbers."""
    kept: dict[str, Any] = {key: value for key, value in config.items() if key not in NOT_IN_FINGERPRINT}
    for group in ("task", "model"):
        kept[group] = {key: value for key, value in config[group].items() if key != "name"}
    kept["task"] = {key: value for key, value in kept["task"].items() if key not in task.not_in_fingerprint}
    if task.digest is not None:
        kept["task"]["digest"] = task.digest
    kept["hidden"] = kept["hidden"] if isinstance(kept["hidden"], list) else [kept["hidden"]]
    kept["chosen"] = [choice.engine.name, choice.engine.device]
    kept = _unify_numbers(kept)
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]


def _unify_numbers(value: Any) -> Any:
    """The same values, with numbers that are whole as integers: 1e5 and 100000 are one."""
    if isinstance(value, Mapping):
        return {key: _unify_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unify_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
