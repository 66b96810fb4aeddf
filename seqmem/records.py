"""The job folder: the only place that knows its files.

Every file is written whole or not at all. `result.json` comes last when a job is done, and is
the only authority on whether it is.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from seqmem.curves import CurvePoint
from seqmem.results import Outcome, Status
from seqmem.results import TrialResult as TrialResult  # what read_trials returns

RESULT = "result.json"
TRIALS = "trials.csv"
CURVES = "curves.csv"
SAMPLES = "samples.csv"
TRACE = "trace.csv"
WEIGHTS = "weights.safetensors"
LOG = "train.log"

JobStatus = Literal["running", "done", "failed", "interrupted"]
Row = dict[str, Any]


class RecordError(ValueError):
    """A file of a job folder that is missing or cannot be read; the message names it."""


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
    versions: Of seqmem, Python and the libraries that compute.
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
    versions: dict[str, str] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


def write_result(folder: Path, result: Result) -> None:
    """Write a job's result.json."""
    write_whole(folder / RESULT, (json.dumps(_as_json(result), indent=2) + "\n").encode())


def read_result(folder: Path) -> Result:
    """Read a job's result.json.

    Raises:
        RecordError: if there is none, or it is damaged.
    """
    path = folder / RESULT
    try:
        content = json.loads(path.read_bytes())
        result = Result(**content)
    except FileNotFoundError:
        raise RecordError(f"{path} is missing") from None
    except (OSError, ValueError, TypeError) as error:
        raise RecordError(f"{path} is damaged: {_first_line(error)}") from None
    if result.status not in get_args(JobStatus) or not isinstance(result.config, dict):
        raise RecordError(f"{path} is damaged: status {result.status!r}")
    return result


def write_outcomes(folder: Path, outcomes: Sequence[Outcome]) -> None:
    """Write all that is kept of a job's trials, but for its result.json."""
    outcomes = sorted(outcomes, key=lambda outcome: outcome.result.trial)
    columns = [column.name for column in fields(TrialResult)]
    _write_table(folder / TRIALS, columns, [[getattr(o.result, c) for c in columns] for o in outcomes])
    columns = [column.name for column in fields(CurvePoint)]
    points = [[o.result.trial, *(getattr(p, c) for c in columns)] for o in outcomes for p in o.curve]
    _write_table(folder / CURVES, ["trial", *columns], points)
    samples = [[o.result.trial, s.input, s.target, s.prediction] for o in outcomes for s in o.samples]
    _write_table(folder / SAMPLES, ["trial", "input", "target", "prediction"], samples)
    _write_trace(folder / TRACE, outcomes)
    weights = {f"{o.result.trial}.{name}": value for o in outcomes for name, value in o.weights.items()}
    write_whole(folder / WEIGHTS, safetensors.numpy.save(weights))


def _write_trace(path: Path, outcomes: Sequence[Outcome]) -> None:
    """A row an input step: its gradient norm and the hidden state, h0 .. of the top layer."""
    rows: list[list[Any]] = []
    num_units = 0
    for outcome in outcomes:
        if outcome.trace is None:
            continue
        num_units = outcome.trace.hidden.shape[1]  # of one job: the same for all
        steps = zip(outcome.trace.gradient_norm, outcome.trace.hidden, strict=True)
        rows += [[outcome.result.trial, step, norm, *hidden] for step, (norm, hidden) in enumerate(steps)]
    _write_table(path, ["trial", "step", "gradient_norm", *(f"h{unit}" for unit in range(num_units))], rows)


def read_trials(folder: Path) -> list[TrialResult]:
    """Read trials.csv.

    Raises:
        RecordError: if it is missing or damaged.
    """
    rows = _read_table(folder / TRIALS, [column.name for column in fields(TrialResult)])
    try:
        return [_as_trial_result(row) for row in rows]
    except ValueError as error:
        raise RecordError(f"{folder / TRIALS} is damaged: {_first_line(error)}") from None


def read_curves(folder: Path) -> list[Row]:
    """Read curves.csv: `trial`, `sequences`, `train_loss`, `train_error`, `test_loss`, `test_error`."""
    return _read_numbers(folder / CURVES, ["trial", *(column.name for column in fields(CurvePoint))])


def read_samples(folder: Path) -> list[Row]:
    """Read samples.csv: `trial`, `input`, `target`, `prediction`."""
    return _read_table(folder / SAMPLES, ["trial", "input", "target", "prediction"])


def read_trace(folder: Path) -> list[Row]:
    """Read trace.csv: `trial`, `step`, `gradient_norm`, `h0`, .."""
    return _read_numbers(folder / TRACE, ["trial", "step", "gradient_norm"])


def read_weights(folder: Path, trial: int) -> dict[str, NDArray[np.float32]]:
    """Read one trial's weights, named as torch.nn names them.

    Raises:
        RecordError: if the file is missing or damaged, or holds no such trial.
    """
    path = folder / WEIGHTS
    prefix = f"{trial}."
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118
            weights = {name.removeprefix(prefix): file.get_tensor(name) for name in names}
    except FileNotFoundError:
        raise RecordError(f"{path} is missing") from None
    except (OSError, safetensors.SafetensorError) as error:
        raise RecordError(f"{path} is damaged: {_first_line(error)}") from None
    if not weights:
        raise RecordError(f"{path} holds no trial {trial}")
    return weights


def find_jobs(folder: Path) -> Iterator[Path]:
    """Job folders at or below a folder, in the order of their names: all that hold a result.json."""
    for parent, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        if RESULT in files:
            names.clear()
            yield Path(parent)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees a part of it: temporary name, fsync, rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_as_cell(value) for value in row] for row in rows)
    write_whole(path, text.getvalue().encode())


def _as_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def _read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, strict=True)
            header = reader.fieldnames or []
            rows = list(reader)
    except FileNotFoundError:
        raise RecordError(f"{path} is missing") from None
    except (OSError, ValueError, csv.Error) as error:
        raise RecordError(f"{path} is damaged: {_first_line(error)}") from None
    if missing := set(columns) - set(header):
        raise RecordError(f"{path} is damaged: no column {', '.join(sorted(missing))}")
    if any(None in row or None in row.values() for row in rows):
        raise RecordError(f"{path} is damaged: a row of another length")
    return rows


def _read_numbers(path: Path, columns: Sequence[str]) -> list[Row]:
    """Read a table of numbers; whole numbers for `trial`, `step` and `sequences`, None where a cell is empty."""
    whole = ("trial", "step", "sequences")
    try:
        return [
            {key: None if cell == "" else int(cell) if key in whole else float(cell) for key, cell in row.items()}
            for row in _read_table(path, columns)
        ]
    except RecordError:
        raise
    except ValueError as error:
        raise RecordError(f"{path} is damaged: {_first_line(error)}") from None


def _as_trial_result(row: Mapping[str, str]) -> TrialResult:
    statuses = {status: status for status in get_args(Status)}
    truths = {"true": True, "false": False}
    readers: dict[str, Any] = {"int": int, "float": float, "bool": truths.get, "Status": statuses.get}
    values: dict[str, Any] = {}
    for column in fields(TrialResult):
        kind, _, optional = str(column.type).partition(" | ")
        cell = row[column.name]
        values[column.name] = None if optional and cell == "" else readers[kind](cell)
        if values[column.name] is None and not optional:
            raise ValueError(f"{column.name} is {cell!r}")
    return TrialResult(**values)


def _as_json(result: Result) -> dict[str, Any]:
    return {item.name: getattr(result, item.name) for item in fields(result)}


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
