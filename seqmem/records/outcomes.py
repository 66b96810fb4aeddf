"""What is kept of a job's trials in tables, and the file of their weights beside them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from pathlib import Path
from types import GenericAlias
from typing import Any

from seqmem.job.checks import Count
from seqmem.records.files import describe_damage
from seqmem.records.packed import exists
from seqmem.records.schema import CurveRow, SampleRow, TestRow
from seqmem.records.table import convert_rows, merge_table, open_table, read_rows
from seqmem.records.weights import write_weights
from seqmem.training.outcome import Outcome, TrialResult

TRIALS = "trials.csv"
CURVES = "curves.csv"
SAMPLES = "samples.csv"
TRACE = "trace.csv"
TESTS = "tests.csv"
TRIAL_COLUMNS = [column.name for column in fields(TrialResult)]
LATER_COLUMNS = ["answer_error"]  # which the first tables had not
CURVE_COLUMNS = list(CurveRow.__struct_fields__)
VALIDATION_COLUMNS = CURVE_COLUMNS[-2:]  # which are there only with a validation set
SAMPLE_COLUMNS = list(SampleRow.__struct_fields__)
TEST_COLUMNS = list(TestRow.__struct_fields__)
TRACE_COLUMNS = ["trial", "step", "gradient_norm"]

Row = dict[str, Any]


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
    validated = any(point.validation_error is not None for outcome in outcomes for point in outcome.curve)
    columns = CURVE_COLUMNS if validated else CURVE_COLUMNS[: -len(VALIDATION_COLUMNS)]
    points = [[o.result.trial, *(getattr(p, c) for c in columns[1:])] for o in outcomes for p in o.curve]
    merge_table(folder / CURVES, columns, points, kept)
    samples = [[o.result.trial, s.input, s.target, s.prediction] for o in outcomes for s in o.samples]
    merge_table(folder / SAMPLES, SAMPLE_COLUMNS, samples, kept)
    _write_trace(folder / TRACE, outcomes, kept)
    _write_tests(folder / TESTS, outcomes, kept)
    write_weights(folder, outcomes, kept)
    trials = [[getattr(outcome.result, column) for column in TRIAL_COLUMNS] for outcome in outcomes]
    merge_table(folder / TRIALS, TRIAL_COLUMNS, trials, kept)


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
    merge_table(path, [*TRACE_COLUMNS, *(f"h{unit}" for unit in range(num_units))], rows, kept)


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
    trials: list[TrialResult] = read_rows(folder / TRIALS, TrialResult, TRIAL_COLUMNS, optional=LATER_COLUMNS)
    for name in ("trial", "seed"):
        if len({getattr(trial, name) for trial in trials}) < len(trials):
            raise describe_damage(folder / TRIALS, f"two rows of one {name}")
    return trials


def read_curves(folder: Path) -> list[CurveRow]:
    """Read curves.csv."""
    return read_rows(folder / CURVES, CurveRow, CURVE_COLUMNS, optional=VALIDATION_COLUMNS)


def read_samples(folder: Path) -> list[SampleRow]:
    """Read samples.csv."""
    return read_rows(folder / SAMPLES, SampleRow, SAMPLE_COLUMNS, empty="")


def read_trace(folder: Path) -> list[Row]:
    """Read trace.csv: `trial`, `step`, `gradient_norm`, `h0`, .."""
    with open_table(folder / TRACE, TRACE_COLUMNS) as (header, lines):
        units = [f"h{unit}" for unit in range(len(header) - len(TRACE_COLUMNS))]
        if header != [*TRACE_COLUMNS, *units]:
            raise ValueError(f"its columns are not {', '.join(TRACE_COLUMNS)}, h0, ..")
        row_type = GenericAlias(tuple, (Count, Count, float, *[float] * len(units)))
        return [dict(zip(header, row, strict=True)) for row in convert_rows(lines, row_type, header)]


def read_tests(folder: Path) -> list[TestRow]:
    """Read tests.csv, if there is one."""
    return read_rows(folder / TESTS, TestRow, TEST_COLUMNS) if exists(folder / TESTS) else []
