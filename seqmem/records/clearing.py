"""Makes way in a job's folder for its trials to be trained anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seqmem.records.arrays import open_arrays
from seqmem.records.files import RecordError, set_aside
from seqmem.records.outcomes import (
    CURVES,
    SAMPLES,
    TESTS,
    TRACE,
    TRIALS,
    read_curves,
    read_samples,
    read_tests,
    read_trace,
    read_trials,
)
from seqmem.records.packed import exists
from seqmem.records.result import RESULT, read_result
from seqmem.records.state import STATE
from seqmem.records.weights import WEIGHTS

READERS: dict[str, Callable[[Path], object]] = {
    RESULT: read_result,
    TRIALS: read_trials,
    CURVES: read_curves,
    SAMPLES: read_samples,
    TRACE: read_trace,
    TESTS: read_tests,
    WEIGHTS: lambda folder: _list_arrays(folder / WEIGHTS),
    STATE: lambda folder: _list_arrays(folder / STATE),
}


def is_clear(folder: Path) -> bool:
    """Whether a folder has no file of a job's results."""
    return not any(exists(folder / name) for name in READERS)


def check_files(folder: Path) -> None:
    """See that each of a job's files that are there can be read.

    Raises:
        RecordError: if one cannot.
    """
    for name, read in READERS.items():
        if exists(folder / name):
            read(folder)


def clear(folder: Path) -> list[Path]:
    """Set aside what cannot be read, and remove what would be taken for results of the new trials.

    Returns:
        What was set aside, under its new names.
    """
    aside = []
    for name, read in READERS.items():
        if not (folder / name).exists():
            continue
        try:
            read(folder)
        except RecordError:
            aside.append(set_aside(folder / name))
    for name in (TRIALS, STATE):  # without the first, the other tables and the weights count for nothing
        (folder / name).unlink(missing_ok=True)
    return aside


def _list_arrays(path: Path) -> list[str]:
    with open_arrays(path) as file:
        return list(file.keys())
