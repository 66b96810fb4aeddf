"""Whether a job fits the machine's memory, and what to choose where it does not."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from operator import methodcaller
from typing import Any

from seqmem.config.build import ConfigError, build_job
from seqmem.engines.engine import Engine
from seqmem.job.job import Job
from seqmem.machine import format_size

Path = tuple[str | int, ...]  # of a value in a config: its keys, from the outside in

FindFree = Callable[[Engine], float]
find_free_memory: FindFree = methodcaller("free_memory")


def check_memory(job: Job, engine: Engine, config: Mapping[str, Any], find_free: FindFree = find_free_memory) -> None:
    """Check that a job can be trained in the memory that is free, one trial after the other if need be.

    Args:
        job: The job.
        engine: What is to run it.
        config: What the job was built from.
        find_free: How many bytes there are.
    Raises:
        ConfigError: if it needs more than there is; the message names the key that is to blame
            and the most that fits.
    """
    needed, there = _measure_least(engine, job), find_free(engine)
    if needed <= there:
        return
    message = f"needs about {format_size(needed)} of memory, but {format_size(there)} are free"
    path = _find_cause(config, engine)
    if path is None:
        raise ConfigError(f"{job.name} {message}")
    most = _find_most(config, engine, path, there)
    choices = f"choose at most {most:,}" if most else "choose less of the rest, too"
    raise ConfigError(f"{_format_key(path)}={_get(config, path)} {message}; {choices}")


def _find_cause(config: Mapping[str, Any], engine: Engine) -> Path | None:
    """The largest number that the memory depends on: half of it would save a fifth."""
    found = []
    needed = _measure_least(engine, build_job(config))
    for path in _find_numbers(config):
        half = _estimate(config, engine, path, _get(config, path) // 2)
        if half is not None and half < 0.8 * needed:
            found.append(path)
    return max(found, key=lambda path: _get(config, path), default=None)


def _find_most(config: Mapping[str, Any], engine: Engine, path: Path, there: float) -> int:
    """The largest number that fits at `path`; 0 if none does."""
    low, high = 0, int(_get(config, path))
    while high - low > 1:
        middle = (low + high) // 2
        size = _estimate(config, engine, path, middle)
        low, high = (low, middle) if size is not None and size > there else (middle, high)
    size = _estimate(config, engine, path, low) if low else None
    return low if size is not None and size <= there else 0


def _estimate(config: Mapping[str, Any], engine: Engine, path: Path, value: int) -> float | None:
    """What the job would need with another number at `path`; None if there is no such job."""
    changed: Any = copy.deepcopy(dict(config))
    node = changed
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    try:
        return _measure_least(engine, build_job(changed))
    except ConfigError:
        return None


def _measure_least(engine: Engine, job: Job) -> float:
    """Bytes that a job takes at least, its trials trained one after the other."""
    return engine.measure(job).least(job.trials)


def _find_numbers(node: Any, path: Path = ()) -> Iterator[Path]:
    """Where the whole numbers above 1 stand in a config."""
    items = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        if isinstance(value, (int, float)) and value > 1 and value % 1 == 0:
            yield (*path, key)
        else:
            yield from _find_numbers(value, (*path, key))


def _get(config: Any, path: Path) -> Any:
    for key in path:
        config = config[key]
    return int(config)


def _format_key(path: Path) -> str:
    return ".".join(key for key in path if isinstance(key, str))
