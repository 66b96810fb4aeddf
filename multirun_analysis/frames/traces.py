"""What shows how far back a network can see, and what it holds: one sequence through one trial."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from multirun_analysis.frames.sweep import Sweep
from seqmem import records


def read_traces(sweep: Sweep, settings: Sequence[int] | None = None) -> pd.DataFrame:
    """Read the trace of each setting's first job that has one, or of some settings only.

    What is damaged is left out, and said in `sweep.notes`.

    Returns:
        A row a setting and input step: `setting`, `step`, `input` (as a person reads it, missing if it is
        not known), `telling` (whether the task says that the answer depends on it), `gradient_norm`
        (of the sequence's final loss with respect to that input) and the hidden state, `h0`, ..
    """
    jobs = sweep.jobs[sweep.jobs["status"] == "done"]
    if settings is not None:
        jobs = jobs[jobs["setting"].isin(settings)]
    tables: dict[int, pd.DataFrame] = {}
    for job, setting, steps, telling in zip(jobs["job"], jobs["setting"], jobs["steps"], jobs["telling"], strict=True):
        if setting in tables:
            continue
        try:
            rows = records.read_trace(Path(job))
        except records.RecordError as error:
            sweep.notes.append(f"skipped in the traces: {error}")
            continue
        if rows:
            table = pd.DataFrame(rows).drop(columns="trial").assign(setting=setting)
            table.insert(1, "input", steps if len(steps) == len(table) else None)
            table.insert(2, "telling", table["step"].isin(telling))
            tables[setting] = table
    if not tables:
        return pd.DataFrame(columns=["setting", "step", "input", "telling", "gradient_norm"])
    return pd.concat([tables[setting] for setting in sorted(tables)], ignore_index=True)
