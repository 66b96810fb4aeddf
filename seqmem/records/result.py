"""What says how a job stands: `result.json`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from seqmem.records.files import RecordError, describe_damage, write_whole

RESULT = "result.json"

JobStatus = Literal["running", "done", "failed", "interrupted"]


@dataclass(frozen=True)
class Result:
    """What `result.json` holds.

    status: `running`, `done`, `failed` or `interrupted`.
    fingerprint: Hash of all that can change a trial's numbers.
    overrides: The command-line overrides that made the job.
    config: The resolved config.
    engine: `fused` or `reference`; None until it is chosen.
    device: `cpu` or `cuda`.
    reason: Why this engine.
    digest: Hash of the data that the task was handed, where its arguments do not determine them.
    versions: Of seqmem, Python and the libraries that compute.
    origin: Processor, command line, revisions and time, as in `seqmem.records.provenance`.
    summary: Figures over the job's trials.
    error: What went wrong, if the job failed.
    """

    status: JobStatus
    fingerprint: str
    overrides: list[str]
    config: dict[str, Any]
    engine: str | None = None
    device: str | None = None
    reason: str | None = None
    digest: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


def write_result(folder: Path, result: Result) -> None:
    """Write a job's result.json."""
    content = {item.name: getattr(result, item.name) for item in fields(result)}
    write_whole(folder / RESULT, (json.dumps(content, indent=2) + "\n").encode())


def read_result(folder: Path) -> Result:
    """Read a job's result.json.

    Raises:
        RecordError: if there is none, or it is damaged.
    """
    path = folder / RESULT
    try:
        content = json.loads(path.read_bytes())
        result = Result(**content)
    except (OSError, ValueError, TypeError) as error:
        raise describe_damage(path, error) from None
    if result.status not in get_args(JobStatus) or not isinstance(result.config, dict):
        raise RecordError(f"{path} is damaged: status {result.status!r}")
    return result


def find_jobs(folder: Path) -> Iterator[Path]:
    """Job folders at or below a folder, in the order of their names: all that hold a result.json."""
    for parent, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        if RESULT in files:
            names.clear()
            yield Path(parent)
