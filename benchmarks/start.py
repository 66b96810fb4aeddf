"""Everything around training: imports, start-up, whole command lines, what a job costs.

All in processes of their own, with warm caches but where `first run` says otherwise.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.fresh import run_python, time_to_line
from benchmarks.grids import make_trials
from benchmarks.learner import OURS, build_learner
from benchmarks.row import Effort, Row, Spread
from seqmem.cells import LSTM
from seqmem.tasks import Recall

LIMIT_S = 120.0
SWEEP = ["model=rnn,lstm,gru", "hidden=2,5,10"]
TINY = ["trials=1", "max_sequences=64", "test_sequences=1"]  # one step, one test
NOTEBOOK_STEPS = 9000  # of recall's config: 30 epochs of 300 batches
FIRST_STEP = """
from benchmarks.grids import make_trials
from seqmem.cells import GRU, LSTM, RNN
from seqmem.engines.fused.stack import FusedStack
from seqmem.tasks import Recall
trials = make_trials(Recall(), [{cells}], [(5,)], 1)
FusedStack(trials).advance([1] * len(trials))
"""


def measure(effort: Effort, peak: float) -> list[Row]:
    """Rows of all of these."""
    rows = [_measure_import("seqmem.train"), _measure_import("seqmem.engines.fused.stack"), _measure_import("torch")]
    one_step = [_run_command(TINY) for _ in range(1 if effort.quick else 3)]
    rows.append(_row("one training step, from the command to its end", one_step, "s", 2.0))
    if effort.quick:
        return rows
    rows += [_measure_first_run("LSTM", 10.0), _measure_first_run("RNN, LSTM, GRU", 40.0)]
    rows += _measure_sweep(effort)
    rows.append(_measure_jobs(one_step))
    return rows


def _row(what: str, values: Sequence[float], unit: str, at_most: float | None = None, who: str = OURS) -> Row:
    stopped = f"stopped after {LIMIT_S:g} s" if float("inf") in values else ""
    return Row("start", what, who, Spread.of(values), unit, at_most=at_most, note=stopped)


def _measure_import(module: str) -> Row:
    nothing = [run_python(["-c", ""])[0] for _ in range(3)]
    imported = [run_python(["-c", f"import {module}"])[0] for _ in range(3)]
    who = "rivals" if module == "torch" else OURS
    return _row(f"import {module}", [seconds - min(nothing) for seconds in imported], "s", who=who)


def _measure_first_run(cells: str, limit: float) -> Row:
    with tempfile.TemporaryDirectory() as empty:
        seconds, _ = run_python(["-c", FIRST_STEP.format(cells=cells)], limit_s=LIMIT_S, XDG_CACHE_HOME=empty)
    return _row(f"first run ever, nothing compiled: {cells.lower()}", [seconds], "s", limit)


def _run_command(overrides: Sequence[str], table: bool = False) -> float:
    """Seconds of a sweep in a new folder, until the table that it ends with is on the screen."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, _ = run_python(["-m", "seqmem.train", "-m", *overrides], Path(folder), LIMIT_S)
        if table and seconds < LIMIT_S:
            seconds += time_to_line(["-m", "multirun_analysis", "multirun/recall"], "same in every row", Path(folder))
    return seconds


def _measure_sweep(effort: Effort) -> list[Row]:
    """The whole command line against one trial in the notebooks' style, its tests left out."""
    notebook = build_learner("notebook", make_trials(Recall(), [LSTM], [(10,)], 1), effort.threads)
    notebook.time(20)
    theirs, ours = [], []
    for _ in range(3):
        theirs.append(NOTEBOOK_STEPS * notebook.time(300) / 300 / len(notebook.trials))
        ours.append(_run_command(SWEEP, table=True))
        if ours[-1] > LIMIT_S:
            break
    limit = Spread.of(theirs).median
    return [
        _row(f"-m {' '.join(SWEEP)}, and its table (90 trials)", ours, "s", limit),
        _row(f"one such trial, {NOTEBOOK_STEPS:,} steps", theirs, "s", who="notebook"),
    ]


def _measure_jobs(one_step: Sequence[float]) -> Row:
    """What each of 900 jobs of one step adds to the first."""
    seconds = _run_command([*TINY, "hidden=2,5,10", "seed=range(300)"])
    values = [1000 * (seconds - first) / 899 for first in one_step]
    return _row("900 jobs of one step, each", values, "ms", 25.0)
