"""Trials of a job's folder, as they were handed to be written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from msgspec.structs import astuple

from seqmem.engines.engine import Trace
from seqmem.records.files import RecordError
from seqmem.records.outcomes import (
    TRACE_COLUMNS,
    Row,
    read_curves,
    read_samples,
    read_tests,
    read_trace,
    read_trials,
)
from seqmem.records.weights import read_weights
from seqmem.training.curves import CurvePoint
from seqmem.training.outcome import FurtherResult, Outcome, Sample

T = TypeVar("T")


def read_outcome(folder: Path, trial: int) -> Outcome:
    """Read all that is kept of a trial, but for its samples and trace, which only a job's first trial has.

    Raises:
        RecordError: if there is no such trial, or a file is missing or damaged.
    """
    return _read(folder, [trial])[0]


def read_outcomes(folder: Path, trials: Sequence[int]) -> list[Outcome]:
    """Read all that is kept of some trials, in their order.

    Raises:
        RecordError: if there is no such trial, or a file is missing or damaged.
    """
    samples = _by_trial(read_samples(folder), Sample)
    steps: dict[int, list[Row]] = defaultdict(list)
    for row in read_trace(folder):
        steps[row["trial"]].append(row)
    return [
        replace(outcome, samples=samples[trial], trace=_make_trace(steps[trial]))
        for trial, outcome in zip(trials, _read(folder, trials), strict=True)
    ]


def _read(folder: Path, trials: Sequence[int]) -> list[Outcome]:
    results = {result.trial: result for result in read_trials(folder)}
    for trial in trials:
        if trial not in results:
            raise RecordError(f"{folder} holds no trial {trial}")
    curves, tests = _by_trial(read_curves(folder), CurvePoint), _by_trial(read_tests(folder), FurtherResult)
    return [
        Outcome(results[trial], curves[trial], read_weights(folder, trial), [], None, tests=tests[trial])
        for trial in trials
    ]


def _by_trial(rows: Iterable[Any], make: Callable[..., T]) -> dict[int, list[T]]:
    """What the rows of a table hold, by the trial that each begins with."""
    found: dict[int, list[T]] = defaultdict(list)
    for row in rows:
        found[row.trial].append(make(*astuple(row)[1:]))
    return found


def _make_trace(rows: Sequence[Row]) -> Trace | None:
    if not rows:
        return None
    units = [key for key in rows[0] if key not in TRACE_COLUMNS]
    return Trace(
        np.array([row["gradient_norm"] for row in rows], np.float32),
        np.array([[row[unit] for unit in units] for row in rows], np.float32),
    )
