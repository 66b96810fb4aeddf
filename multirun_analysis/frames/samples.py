"""What a network answers to some test sequences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from multirun_analysis.frames.sweep import Sweep
from seqmem import records

COLUMNS = ["setting", "input", "target", "prediction"]


def read_samples(sweep: Sweep, settings: Sequence[int] | None = None) -> pd.DataFrame:
    """Read the samples of each setting's first job that has some, or of some settings only.

    What is damaged is left out, and said in `sweep.notes`.

    Returns:
        A row a test sequence: `setting`, `input`, `target` and `prediction`, as a person reads them.
    """
    jobs = sweep.jobs[sweep.jobs["status"] == "done"]
    if settings is not None:
        jobs = jobs[jobs["setting"].isin(settings)]
    rows: dict[int, list[list[str]]] = {}
    for job, setting in zip(jobs["job"], jobs["setting"], strict=True):
        if rows.get(setting):
            continue
        try:
            found = records.read_samples(Path(job))
        except records.RecordError as error:
            sweep.notes.append(f"skipped in the samples: {error}")
            continue
        rows[setting] = [[row.input, row.target, row.prediction] for row in found if row.trial == found[0].trial]
    return pd.DataFrame([[setting, *row] for setting in sorted(rows) for row in rows[setting]], columns=COLUMNS)
