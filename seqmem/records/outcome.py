"""A trial of another job's folder, as it was handed to be written."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import astuple

from seqmem.records.files import RecordError
from seqmem.records.outcomes import read_curves, read_tests, read_trials
from seqmem.records.weights import read_weights
from seqmem.training.curves import CurvePoint
from seqmem.training.outcome import FurtherResult, Outcome


def read_outcome(folder: Path, trial: int) -> Outcome:
    """Read all that is kept of a trial, but for its samples and trace, which only a job's first trial has.

    Raises:
        RecordError: if there is no such trial, or a file is missing or damaged.
    """
    for result in read_trials(folder):
        if result.trial == trial:
            break
    else:
        raise RecordError(f"{folder} holds no trial {trial}")
    points = [CurvePoint(*astuple(row)[1:]) for row in read_curves(folder) if row.trial == trial]
    tests = [FurtherResult(*astuple(row)[1:]) for row in read_tests(folder) if row.trial == trial]
    return Outcome(result, points, read_weights(folder, trial), [], None, tests=tests)
