"""What a network answers to some test sequences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from multirun_analysis.frames.sweep import Sweep
from seqmem import records

COLUMNS = ["point", "input", "target", "prediction"]


def read_samples(sweep: Sweep, points: Sequence[int] | None = None) -> pd.DataFrame:
    """Read the samples of each point's first job that has some, or of some points only.

    What is damaged is left out, and said in `sweep.notes`.

    Returns:
        A row a test sequence: `point`, `input`, `target` and `prediction`, as a person reads them.
    """
    jobs = sweep.jobs[sweep.jobs["status"] == "done"]
    if points is not None:
        jobs = jobs[jobs["point"].isin(points)]
    rows: dict[int, list[list[str]]] = {}
    for job, point in zip(jobs["job"], jobs["point"], strict=True):
        if rows.get(point):
            continue
        try:
            found = records.read_samples(Path(job))
        except records.RecordError as error:
            sweep.notes.append(f"skipped in the samples: {error}")
            continue
        rows[point] = [[row.input, row.target, row.prediction] for row in found if row.trial == found[0].trial]
    return pd.DataFrame([[point, *row] for point in sorted(rows) for row in rows[point]], columns=COLUMNS)
