"""What is written of a job when it begins and when it ends."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from seqmem import records
from seqmem.results import Outcome, TrialResult
from seqmem.summary import summarise
from seqmem.sweep.point import Point

LIBRARIES = ("seqmem", "torch", "numpy", "numba")


def write_done(point: Point, outcomes: Sequence[Outcome]) -> list[TrialResult]:
    """Write all that is kept of a job whose trials have ended; returns them in their order."""
    trials = sorted((outcome.result for outcome in outcomes), key=lambda trial: trial.trial)
    records.write_outcomes(point.folder, outcomes)
    records.write_whole(point.folder / records.LOG, "".join(map(_read_trial, trials)).encode())
    write_status(point, "done", summary=summarise(trials))
    return trials


def write_failed(point: Point, error: Exception) -> None:
    """Write what a job failed of."""
    trace = "".join(traceback.format_exception(error))
    records.write_whole(point.folder / records.LOG, trace.encode())
    write_status(point, "failed", error=f"{type(error).__name__}: {error}")


def write_status(point: Point, status: records.JobStatus, **more: Any) -> None:
    """Write how a job stands; `more` as in `records.Result`."""
    result = records.Result(
        status=status,
        fingerprint=point.fingerprint,
        overrides=list(point.overrides),
        config=dict(point.config),
        engine=point.choice.engine,
        device=point.choice.device,
        reason=point.choice.reason,
        versions={"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
        **more,
    )
    records.write_result(point.folder, result)


def _read_trial(trial: TrialResult) -> str:
    """A trial's line in its job's log."""
    end = f"solved after {trial.sequences_to_criterion:,}" if trial.sequences_to_criterion else f"{trial.sequences:,}"
    wrong = "not tested" if trial.wrong is None else f"{trial.wrong} of {trial.test_sequences} wrong"
    who = f"trial {trial.trial} (seed {trial.seed})"
    return f"{who}: {trial.status}, {end} sequences, {wrong}, {trial.wall_time_s:.2f} s\n"
