"""What is kept of a job's trials in tables, and the file of their weights beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from seqmem.records.files import RecordError, describe_damage
from seqmem.records.table import Row, merge_table, read_numbers, read_table
from seqmem.records.weights import write_weights
from seqmem.training.curves import CurvePoint
from seqmem.training.outcome import Outcome, Status, TrialResult

TRIALS = "trials.csv"
CURVES = "curves.csv"
SAMPLES = "samples.csv"
TRACE = "trace.csv"
TESTS = "tests.csv"
TEST_COLUMNS = ["trial", "test", "wrong", "test_sequences"]


def write_outcomes(folder: Path, outcomes: Sequence[Outcome]) -> None:
    """Write all that is kept of some trials of a job, but for its result.json.

    What is there of the job's other trials stays as it is, byte for byte. `trials.csv` comes
    last: a trial that has its row there has all the rest.

    Raises:
        RecordError: if what is there cannot be read.
    """
    outcomes = sorted(outcomes, key=lambda outcome: outcome.result.trial)
    kept = {trial.trial for trial in read_trials(folder)} if (folder / TRIALS).exists() else set()
    kept -= {outcome.result.trial for outcome in outcomes}
    columns = [column.name for column in fields(CurvePoint)]
    points = [[o.result.trial, *(getattr(p, c) for c in columns)] for o in outcomes for p in o.curve]
    merge_table(folder / CURVES, ["trial", *columns], points, kept)
    samples = [[o.result.trial, s.input, s.target, s.prediction] for o in outcomes for s in o.samples]
    merge_table(folder / SAMPLES, ["trial", "input", "target", "prediction"], samples, kept)
    _write_trace(folder / TRACE, outcomes, kept)
    _write_tests(folder / TESTS, outcomes, kept)
    write_weights(folder, outcomes, kept)
    columns = [column.name for column in fields(TrialResult)]
    merge_table(folder / TRIALS, columns, [[getattr(o.result, c) for c in columns] for o in outcomes], kept)


def _write_trace(path: Path, outcomes: Sequence[Outcome], kept: Collection[int]) -> None:
    """A row an input step: its gradient norm and the hidden state, h0 .. of the top layer."""
    rows: list[list[Any]] = []
    num_units = 0
    for outcome in outcomes:
        if outcome.trace is None:
            continue
        num_units = outcome.trace.hidden.shape[1]  # of one job: the same for all
        steps = zip(outcome.trace.gradient_norm, outcome.trace.hidden, strict=True)
        rows += [[outcome.result.trial, step, norm, *hidden] for step, (norm, hidden) in enumerate(steps)]
    merge_table(path, ["trial", "step", "gradient_norm", *(f"h{unit}" for unit in range(num_units))], rows, kept)


def _write_tests(path: Path, outcomes: Sequence[Outcome], kept: Collection[int]) -> None:
    """A row a further test; no file where there are none."""
    rows = [[o.result.trial, test.test, test.wrong, test.test_sequences] for o in outcomes for test in o.tests]
    if rows or path.exists():
        merge_table(path, TEST_COLUMNS, rows, kept)


def read_trials(folder: Path) -> list[TrialResult]:
    """Read trials.csv.

    Raises:
        RecordError: if it is missing or damaged.
    """
    rows = read_table(folder / TRIALS, [column.name for column in fields(TrialResult)])
    try:
        return [_as_trial_result(row) for row in rows]
    except ValueError as error:
        raise describe_damage(folder / TRIALS, error) from None


def read_curves(folder: Path) -> list[Row]:
    """Read curves.csv: `trial`, `sequences`, `train_loss`, `train_error`, `test_loss`, `test_error`."""
    return read_numbers(folder / CURVES, ["trial", *(column.name for column in fields(CurvePoint))])


def read_samples(folder: Path) -> list[Row]:
    """Read samples.csv: `trial`, `input`, `target`, `prediction`."""
    return read_table(folder / SAMPLES, ["trial", "input", "target", "prediction"])


def read_trace(folder: Path) -> list[Row]:
    """Read trace.csv: `trial`, `step`, `gradient_norm`, `h0`, .."""
    return read_numbers(folder / TRACE, ["trial", "step", "gradient_norm"])


def read_tests(folder: Path) -> list[Row]:
    """Read tests.csv, if there is one: `trial`, `test`, `wrong` (None where the trial diverged), `test_sequences`."""
    if not (folder / TESTS).exists():
        return []
    try:
        return [
            {
                "trial": int(row["trial"]),
                "test": row["test"],
                "wrong": int(row["wrong"]) if row["wrong"] else None,
                "test_sequences": int(row["test_sequences"]),
            }
            for row in read_table(folder / TESTS, TEST_COLUMNS)
        ]
    except RecordError:
        raise
    except ValueError as error:
        raise describe_damage(folder / TESTS, error) from None


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
