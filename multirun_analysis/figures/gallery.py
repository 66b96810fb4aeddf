"""All figures of a sweep; those that would show nothing are left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from multirun_analysis.frames.curves import read_curves, summarise_curves, thin_curves
from multirun_analysis.frames.solving import summarise_solving
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.traces import read_traces

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_all(sweep: Sweep, summary: pd.DataFrame) -> Iterator[tuple[str, Figure]]:
    """Draw every figure that a sweep has something for; yields names and figures."""
    from multirun_analysis.figures import (
        error_by_parameters,
        learning_curves,
        panels,
        solved_rate,
        solving,
        traces,
        wrong_predictions,
    )

    settings, keys = sweep.settings, sweep.keys
    spread = panels.spread(settings, keys)
    drawn = [setting for _, group in spread.panels for setting in group]
    if spread.left_out:
        shown = len(spread.panels)
        sweep.notes.append(f"figures show {shown} panels and leave {spread.left_out} out; choose with --where")
    read = read_curves(sweep, drawn)
    curves = summarise_curves(read)
    if len(curves):
        figure = learning_curves.draw_learning_curves(curves, settings, keys, trials=thin_curves(read))
        yield "learning_curves", figure
    if summary["wrong_median"].notna().any():
        yield "wrong_predictions", wrong_predictions.draw_wrong_predictions(sweep.trials, summary, settings, keys)
    if summary["solved"].any():
        yield "solving", solving.draw_solving(summarise_solving(sweep, drawn), settings, keys)
        if len(settings) > 1:
            yield "solved_rate", solved_rate.draw_solved_rate(summary, settings, keys)
    if "hidden" in keys and summary["parameters"].notna().any():
        yield "error_by_parameters", error_by_parameters.draw_error_by_parameters(summary, settings, keys)
    found = read_traces(sweep, drawn)
    if len(found):
        yield "gradients", traces.draw_gradients(found, settings, keys)
        yield "hidden_states", traces.draw_hidden_states(found, settings, keys)
