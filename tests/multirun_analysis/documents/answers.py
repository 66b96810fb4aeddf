"""Job folders with made-up results that answer rows of the table."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from multirun_analysis.documents.expected import Expected, read_expected
from multirun_analysis.documents.rows import Row
from multirun_analysis.frames.jobs import IDENTIFYING
from multirun_analysis.frames.settings import flatten
from seqmem import records
from seqmem.training.outcome import TrialResult
from tests.multirun_analysis.folders import make_config, write_job

ORIGIN = {"processor": "Abacus 2", "written": "2026-01-02T03:04:05+00:00"}


def make_row(**changes: str) -> Row:
    """A row about wrong predictions, unless said."""
    values = {
        "document": "D3", "network": "RNN 4", "experiment": "d3_echo", "setting": "recipe=echo_rnn", "label": "wrong",
        "figure": "wrong", "at": "", "printed": "", "differs": "", "absent": "", "note": "",
    }  # fmt: skip
    return Row(**{**values, **changes})


def expect(
    row: Row, seeds: Sequence[int] = range(10), digest: str | None = None, **changes: Any
) -> dict[str, Expected]:
    """What a row's command is said to make: jobs such as `answer` writes with the same changes."""
    left_out = {*IDENTIFYING, "engine", "device"}
    config = {key: value for key, value in flatten(make_config(**changes)).items() if key not in left_out}
    return {row.command: Expected(config, digest, seeds)}


def answer(
    folder: Path,
    row: Row,
    trials: Sequence[TrialResult],
    *more: str,
    owed: int = 0,
    digest: str | None = None,
    **changes: Any,
) -> Path:
    """Write a job that was made by a row's command, and by more overrides, with some trials still to come."""
    write_job(folder, trials, trials=len(trials) + owed, **changes)
    result = records.read_result(folder)
    made = {"overrides": [*row.overrides, *more], "versions": {"seqmem": "1.2"}, "origin": ORIGIN, "digest": digest}
    records.write_result(folder, replace(result, **made))
    return folder


def answer_as_told(folder: Path, row: Row, trials: Sequence[TrialResult], **changes: Any) -> Path:
    """Write a job as the command of one of the table's rows makes it, but for changes of its config or `digest`."""
    expected = read_expected()[row.command]
    digest = changes.pop("digest", expected.digest)
    config: dict[str, Any] = {"trials": len(trials), "seed": trials[0].seed}
    for key, value in {**expected.config, **changes}.items():
        group, dot, name = key.partition(".")
        if dot:
            config.setdefault(group, {})[name] = value
        else:
            config[key] = value
    answer(folder, row, trials, digest=digest)
    records.write_result(folder, replace(records.read_result(folder), config=config))
    return folder
