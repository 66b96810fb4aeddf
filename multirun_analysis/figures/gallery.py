"""All figures of a sweep; those that would show nothing are left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from multirun_analysis.conclusions.effects import (
    NAMES,
    average_levels,
    choose_outcome,
    rank_keys,
    summarise_effects,
)
from multirun_analysis.figures.telling import MOST_SETTINGS, choose_telling, keep_settings
from multirun_analysis.frames.curves import read_curves, summarise_curves, thin_curves
from multirun_analysis.frames.portraits import read_portraits
from multirun_analysis.frames.solving import summarise_solving
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.traces import read_traces

MOST_LARGE = 6  # settings of figures that take a panel for each, where there are more than MOST_SETTINGS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_all(
    sweep: Sweep, summary: pd.DataFrame, comparisons: pd.DataFrame | None = None
) -> Iterator[tuple[str, Figure]]:
    """Draw every figure that a sweep has something for; yields names and figures.

    Args:
        sweep: What `read_sweep` gave.
        summary: What `summarise` gave.
        comparisons: What `compare` gave, for the ranking of keys.
    """
    from multirun_analysis.figures import (
        error_by_parameters,
        learning_curves,
        panels,
        phase_portrait,
        solved_rate,
        solving,
        traces,
        wrong_predictions,
    )

    settings, keys = sweep.settings, sweep.keys
    telling = choose_telling(summary)
    if len(telling) == MOST_SETTINGS < len(settings):
        told = f"figures of single settings show {len(telling)} of {len(settings)}"
        which = "the best, the worst, and those nearest to half solved"
        sweep.notes.append(f"{told}: {which}; choose others with --where")
    overview = panels.spread(settings, keys, panels.choose_along(settings, keys))
    if overview.left_out:
        told = f"figures of all settings show {len(overview.panels)} panels and leave {overview.left_out} out"
        sweep.notes.append(f"{told}; choose with --where")
    shown = keep_settings(sweep, telling)
    read = read_curves(shown, so_far=True)
    curves = summarise_curves(read)
    if len(curves):
        lines = thin_curves(read)
        yield (
            "learning_curves",
            learning_curves.draw_learning_curves(
                curves,
                shown.settings,
                keys,
                trials=lines,
                tests=summarise_curves(read, "test_error"),
                chance=shown.chance,
            ),
        )
    yield from _draw_effects(sweep, summary, comparisons)
    if summary["wrong_median"].notna().any():
        yield "wrong_predictions", wrong_predictions.draw_wrong_predictions(sweep.trials, summary, settings, keys)
    if summary["solved"].any():
        yield "solving", solving.draw_solving(summarise_solving(shown), shown.settings, keys)
        if len(settings) > 1:
            yield "solved_rate", solved_rate.draw_solved_rate(summary, settings, keys)
    if "hidden" in keys and summary["parameters"].notna().any():
        yield "error_by_parameters", error_by_parameters.draw_error_by_parameters(summary, settings, keys)
    found = read_traces(shown)
    if len(found):
        yield "gradients", traces.draw_gradients(found, shown.settings, keys)
        large = shown if len(settings) <= MOST_SETTINGS else keep_settings(sweep, choose_telling(summary, MOST_LARGE))
        yield "hidden_states", traces.draw_hidden_states(read_traces(large), large.settings, keys)
        portraits = read_portraits(large)
        if portraits:
            yield "phase_portrait", phase_portrait.draw_phase_portrait(portraits, large.settings, keys)


def _draw_effects(
    sweep: Sweep, summary: pd.DataFrame, comparisons: pd.DataFrame | None
) -> Iterator[tuple[str, Figure]]:
    """What each key does; of one task, since errors of several cannot be averaged."""
    from multirun_analysis.figures.main_effects import draw_key_ranking, draw_main_effects

    outcome = choose_outcome(summary)
    effects = summarise_effects(sweep, summary)
    if effects["key"].nunique() < 2 or "task" in set(effects["key"]):
        return
    means = {str(key): average_levels(own) for key, own in effects.groupby("key")}
    yield "main_effects", draw_main_effects(effects, means, NAMES[outcome])
    if comparisons is None or comparisons.empty:
        return
    ranking = rank_keys(comparisons, outcome)
    if len(ranking) > 1:
        yield "key_ranking", draw_key_ranking(ranking, NAMES[outcome])
