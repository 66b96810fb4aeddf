"""Job folders with made-up results that answer rows of the table."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from multirun_analysis.documents.rows import Row
from seqmem import records
from seqmem.training.outcome import TrialResult
from tests.multirun_analysis.folders import write_job

ORIGIN = {"processor": "Abacus 2", "written": "2026-01-02T03:04:05+00:00"}


def make_row(**changes: str) -> Row:
    """A row about wrong predictions, unless said."""
    values = {
        "document": "D3", "network": "RNN 4", "experiment": "d3_echo", "point": "recipe=echo_rnn", "label": "wrong",
        "figure": "wrong", "at": "", "printed": "", "differs": "", "absent": "", "note": "",
    }  # fmt: skip
    return Row(**{**values, **changes})


def answer(folder: Path, row: Row, trials: Sequence[TrialResult], *more: str, **changes: Any) -> Path:
    """Write a job that was made by a row's command, and by more overrides."""
    write_job(folder, trials, trials=len(trials), **changes)
    result = records.read_result(folder)
    records.write_result(
        folder, replace(result, overrides=[*row.overrides, *more], versions={"seqmem": "1.2"}, origin=ORIGIN)
    )
    return folder
