"""A job from a config that was read back from a result's folder, which is data: nothing foreign in it is run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqmem import cells, tasks
from seqmem.config.build import ConfigError, build_job
from seqmem.job.job import Job
from seqmem.records.sources import describe_source
from seqmem.sweep import SOURCES

# The names under which the built-in options name their classes.
BUILT_IN: dict[str, set[str]] = {
    "task": {f"seqmem.tasks.{name}" for name in tasks.__all__},
    "model": {f"seqmem.cells.{name}" for name in cells.__all__},
    "loss": set(),
}


def read_sources(job: Job) -> dict[str, str]:
    """What the classes of a job that are not seqmem's are made from, by the keys of a setting's config."""
    classes: tuple[type, ...] = (type(job.task), type(job.network.cell), type(job.loss))
    sources = map(describe_source, classes)
    return {key: source for key, source in zip(SOURCES, sources, strict=True) if source is not None}


def build_stored_job(folder: Path, config: Mapping[str, Any], trust: bool, permission: str) -> Job:
    """Build the job of a config that a folder holds.

    Args:
        folder: Where the config was found.
        config: The config.
        trust: Import classes from outside of seqmem that it names, and let its task fetch files.
        permission: What the caller calls `trust`, for the message.
    Raises:
        ConfigError: if the config is none, or names such a class and is not trusted.
    """
    config = {key: value for key, value in config.items() if key not in SOURCES}
    for group, names in BUILT_IN.items():
        node = config.get(group)
        target = node.get("_target_") if isinstance(node, Mapping) else None
        if target is not None and target not in names and not trust:
            foreign = f"{group}._target_={target}, which is not seqmem's"
            raise ConfigError(f"{folder} names {foreign}; pass {permission} to run it")
    if not trust and isinstance(config.get("task"), Mapping) and "download" in config["task"]:
        config["task"] = {**config["task"], "download": False}
    try:
        return build_job(config)
    except ConfigError as error:
        raise ConfigError(f"{folder} holds a config that cannot be run: {error}") from error
