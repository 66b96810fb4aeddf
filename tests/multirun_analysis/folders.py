"""Job folders with made-up results, written as training writes them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqmem import records
from seqmem.engines.engine import Trace
from seqmem.records import lock
from seqmem.training.outcome import CurvePoint, Outcome, Sample, TrialResult

CONFIG = {
    "task": {"_target_": "seqmem.tasks.Recall", "name": "recall", "index": 1},
    "model": {"_target_": "seqmem.cells.RNN", "name": "rnn", "bidirectional": False, "nonlinearity": "tanh"},
    "optimizer": {"name": "adam", "lr": 0.001, "reset_every_epoch": True},
    "loss": {"name": "cross_entropy"},
    "schedule": {"name": "constant"},
    "hidden": 5,
    "batch_size": 64,
    "max_sequences": 10_000,
    "test_sequences": 3000,
    "train_set": None,
    "clip": None,
    "stop": True,
    "trials": 10,
    "seed": 0,
    "objective": "error_rate",
    "engine": "auto",
    "device": "auto",
}
LSTM = {"_target_": "seqmem.cells.LSTM", "name": "lstm", "bidirectional": False}
GRU = LSTM | {"_target_": "seqmem.cells.GRU", "name": "gru"}


def make_trial(seed: int = 0, wrong: int | None = 100, first_seed: int = 0, **values: Any) -> TrialResult:
    """A trial that went through its whole budget, unless said."""
    defaults = {
        "trial": seed - first_seed,
        "seed": seed,
        "status": "done",
        "solved": values.get("sequences_to_criterion") is not None,
        "sequences": 10_000,
        "sequences_to_criterion": None,
        "wrong": wrong,
        "outside_tolerance": None,
        "answer_error": None,
        "test_sequences": 3000,
        "mean_test_error": 0.5,
        "train_loss": 0.25,
        "test_loss": 0.25,
        "parameters": 95,
        "wall_time_s": 1.5,
    }
    return TrialResult(**{**defaults, **values})


def make_curve(trial: TrialResult, shares: Sequence[float] = (0.2, 0.6, 1.0)) -> list[CurvePoint]:
    """Errors that fall in a straight line to the trial's error rate."""
    end = (trial.wrong or 0) / trial.test_sequences
    return [CurvePoint(round(share * trial.sequences), 1.0, 1 - (1 - end) * share) for share in shares]


def make_config(**changes: Any) -> dict[str, Any]:
    """CONFIG with other values; those of a group are merged unless they bring a `_target_`."""
    config: dict[str, Any] = dict(CONFIG)
    for key, value in changes.items():
        merge = isinstance(value, Mapping) and "_target_" not in value
        config[key] = CONFIG[key] | value if merge else value  # type: ignore[operator]
    return config


def write_job(
    folder: Path,
    recorded: Sequence[TrialResult] | None,
    status: records.JobStatus = "done",
    error: str | None = None,
    engine: str | None = "fused",
    overrides: Sequence[str] = (),
    steps: Sequence[str] = (),
    telling: Sequence[int] = (),
    chance: float | None = None,
    **changes: Any,
) -> Path:
    """Write one job's folder; no trials.csv where `recorded` is None."""
    if recorded is not None:
        trace = Trace(np.array([0.5, 0.25], np.float32), np.array([[0.0, 1.0], [0.5, -1.0]], np.float32))
        outcomes = [
            Outcome(
                trial,
                make_curve(trial),
                {"readout.bias": np.zeros(2, np.float32)},
                [Sample("4 7 0 2", "7", "7")] if trial.trial == 0 else [],
                trace if trial.trial == 0 else None,
            )
            for trial in recorded
        ]
        records.write_outcomes(folder, outcomes)
    config = make_config(**changes)
    result = records.Result(
        status,
        "0" * 12,
        list(overrides),
        config,
        engine,
        "cpu",
        versions={"seqmem": "0.1.0", "python": "3.11.7"},
        origin={"processor": "EPYC", "command": "python -m seqmem.train -m", "written": "2026-11-22T01:00:00+00:00"},
        error=error,
        chance=chance,
        steps=list(steps),
        telling=list(telling),
    )
    records.write_result(folder, result)
    if status == "running":
        lock.claim(folder, lock.Owner.create())
    return folder


def write_wrong(folder: Path, wrong: Sequence[int | None], **changes: Any) -> Path:
    """Write a job whose trials have these counts of wrong predictions."""
    seed = changes.get("seed", 0)
    trials = [make_trial(seed + index, count, seed) for index, count in enumerate(wrong)]
    return write_job(folder, trials, **{"trials": len(wrong)} | changes)
