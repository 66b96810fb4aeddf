"""Reads the folders of a sweep and says what they show.

On the command line:

    python -m multirun_analysis multirun/recall

In a notebook; every table is a frame, whose columns `SCHEMA` tells, and `sweep.settings` names its settings:

    from multirun_analysis import compare, conclude, read_sweep, summarise
    sweep = read_sweep("multirun/recall")

    sweep.trials                      # a row a trial
    summarise(sweep)                  # a row a setting: solved, wrong, error rate with interval, ..
    comparisons = compare(sweep)      # a row a comparison: effect, interval, corrected p, ..
    conclude(sweep, summarise(sweep), comparisons)  # sentences: the best settings, what makes the difference

    from multirun_analysis import draw_all, draw_learning_curves, read_curves, summarise_curves
    draw_learning_curves(summarise_curves(read_curves(sweep)), sweep.settings, sweep.keys)
    dict(draw_all(sweep, summarise(sweep)))["wrong_predictions"]  # every other figure likewise

    from multirun_analysis import pivot
    pivot(sweep, summarise(sweep), ["model"], ["hidden"], "error_rate")[0].values

A *setting* is a job's config without its seeds: jobs of several folders or seeds whose config is
otherwise the same are one row. Statistics (`multirun_analysis.statistics`) never draw, figures
(`multirun_analysis.figures`) never aggregate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from multirun_analysis.conclusions.family import compare
from multirun_analysis.conclusions.sentences import conclude
from multirun_analysis.figures.gallery import draw_all
from multirun_analysis.folder import write_files
from multirun_analysis.frames.curves import read_curves, summarise_curves, thin_curves
from multirun_analysis.frames.jobs import AnalysisError
from multirun_analysis.frames.samples import read_samples
from multirun_analysis.frames.schema import SCHEMA
from multirun_analysis.frames.solving import summarise_solving
from multirun_analysis.frames.summary import summarise
from multirun_analysis.frames.sweep import Sweep, read_sweep
from multirun_analysis.frames.traces import read_traces
from multirun_analysis.report import build_report, build_tables
from multirun_analysis.tables.pivot import METRICS, pivot

if TYPE_CHECKING:
    from multirun_analysis.figures.learning_curves import draw_learning_curves

# Text of job folders may hold halves of letters. Arrow refuses them, where pandas keeps text if it can.
pd.set_option("mode.string_storage", "python")

__all__ = [
    "METRICS",
    "SCHEMA",
    "AnalysisError",
    "Sweep",
    "build_report",
    "build_tables",
    "compare",
    "conclude",
    "draw_all",
    "draw_learning_curves",
    "pivot",
    "read_curves",
    "read_samples",
    "read_sweep",
    "read_traces",
    "summarise",
    "summarise_curves",
    "summarise_solving",
    "thin_curves",
    "write_files",
]


def __getattr__(name: str) -> Any:
    """Import figures, and matplotlib with them, only when they are used."""
    if name == "draw_learning_curves":
        from multirun_analysis.figures.learning_curves import draw_learning_curves

        return draw_learning_curves
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
