"""How long the analysis takes over a sweep of 10,000 jobs, and how much memory.

The folder is made up: result.json is every job's own, the other files are links to those of a few
jobs, written as training writes them. Each measurement is in a process of its own.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import fields
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fresh import run_python
from benchmarks.learner import OURS
from benchmarks.row import Effort, Row, Spread
from seqmem import records
from seqmem.engines.engine import Trace
from seqmem.training.curves import CurvePoint
from seqmem.training.outcome import Outcome, Sample, TrialResult

JOBS, TRIALS = 10_000, 10
CURVE_POINTS = 300  # of a trial: 30 evaluations, ten points of the training curve each
TEMPLATES = 25
MODELS = ("rnn", "lstm", "gru", "birnn", "bilstm")
MIB = 1024
READ = """
import sys
from benchmarks.fresh import peak_memory_kib
from multirun_analysis import compare, read_sweep, summarise
sweep = read_sweep(sys.argv[1])
summarise(sweep)
compare(sweep)
print(peak_memory_kib())
"""
REPORT = """
import sys
from benchmarks.fresh import peak_memory_kib
from multirun_analysis.command import main
assert main([sys.argv[1], "--out", sys.argv[2]]) == 0
print(peak_memory_kib())
"""


def measure(effort: Effort, peak: float) -> list[Row]:
    """Rows of time and memory, to read and summarise and to write the whole report."""
    jobs = 50 if effort.quick else JOBS
    with tempfile.TemporaryDirectory() as folder:
        sweep = Path(folder) / "sweep"
        make_sweep(sweep, jobs)
        what = f"{jobs:,} jobs of {TRIALS} trials"
        read = _measure(f"{what}, read, summarised and compared", READ, [str(sweep)], 20.0)
        return read + _measure(f"{what}, whole report", REPORT, [str(sweep), str(Path(folder) / "out")], 60.0)


def _measure(what: str, program: str, arguments: list[str], at_most_s: float) -> list[Row]:
    seconds, said = run_python(["-c", program, *arguments], limit_s=600)
    values = {"s": (seconds, at_most_s), "MiB": (int(said.split()[-1]) / MIB if said else float("inf"), 1024.0)}
    return [
        Row("scale", what if unit == "s" else f"{what}: memory", OURS, Spread.of([value]), unit, at_most=limit)
        for unit, (value, limit) in values.items()
    ]


def make_sweep(folder: Path, jobs: int) -> None:
    """Write job folders of a grid over model, hidden size and learning rate."""
    templates = [_write_template(folder.with_name("templates") / str(index), index) for index in range(TEMPLATES)]
    grid = product(np.geomspace(1e-4, 1e-1, -(-jobs // 100)).tolist(), range(1, 21), MODELS)
    for index, (lr, hidden, model) in enumerate(islice(grid, jobs)):
        job = folder / f"model={model},hidden={hidden},lr={lr:.6g}-{index:012x}"
        job.mkdir(parents=True)
        result = records.Result("done", f"{index:012x}", [], _make_config(model, hidden, lr), "fused", "cpu")
        content = {column.name: getattr(result, column.name) for column in fields(result)}
        (job / records.RESULT).write_text(json.dumps(content, indent=2))
        template = templates[index % TEMPLATES]
        for name in (records.TRIALS, records.CURVES, records.SAMPLES, records.TRACE):
            os.link(template / name, job / name)


def _write_template(folder: Path, seed: int) -> Path:
    """Write the files that a job's trials leave."""
    rng = np.random.default_rng(seed)
    records.write_outcomes(folder, [_make_outcome(trial, rng) for trial in range(TRIALS)])
    return folder


def _make_outcome(trial: int, rng: np.random.Generator) -> Outcome:
    errors = np.sort(rng.random(CURVE_POINTS))[::-1].tolist()
    curve = [
        CurvePoint(1920 * (index + 1), 2 * error, error, *((2 * error, error) if index % 10 == 9 else ()))
        for index, error in enumerate(errors)
    ]
    met = int(rng.integers(100_000, 500_000)) if rng.random() < 0.5 else None
    wrong = int(rng.integers(0, 3000))
    result = TrialResult(
        trial, trial, "done", met is not None, 576_000, met, wrong, None, None, 3000, errors[15], 0.3, 0.3, 990, 0.1
    )
    samples = [Sample("4 7 0 2 5 1", "7", "2")] * 10 if trial == 0 else []
    steps = rng.random((9, 10), np.float32)
    return Outcome(result, curve, {}, samples, Trace(steps[:, 0], steps) if trial == 0 else None)


def _make_config(model: str, hidden: int, lr: float) -> dict[str, Any]:
    return {
        "task": {"_target_": "seqmem.tasks.Recall", "name": "recall", "index": 1, "max_length": 9},
        "model": {"_target_": f"seqmem.cells.{model.upper()}", "name": model, "readout": "auto"},
        "init": {"input": "default", "recurrent": "default", "bias": "default"},
        "optimizer": {"name": "adam", "lr": lr, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
        "loss": {"name": "cross_entropy", "reduction": "mean"},
        "hidden": hidden,
        "batch_size": 64,
        "max_sequences": 576_000,
        "evaluate_every": 19_200,
        "test_sequences": 3000,
        "trials": TRIALS,
        "seed": 0,
    }
