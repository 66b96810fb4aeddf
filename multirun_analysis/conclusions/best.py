"""The best settings of a sweep, those that learned nothing, and the trials that were lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from multirun_analysis.conclusions.outcomes import collect_results
from multirun_analysis.frames.settings import format_value, varies
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.tables.formats import format_interval, format_share, percent, thousands

MOST_TASKS = 4
MOST_NAMES = 4
ORDER = ["solved_rate", "error_rate_median", "sequences_to_criterion"]


def find_best(sweep: Sweep, summary: pd.DataFrame) -> list[str]:
    """Name the best settings of each task: solved by most trials, then least wrong, then soonest."""
    told = summary[summary["trials"] > 0]
    groups = list(told.groupby("task", sort=False)) if "task" in sweep.settings else [("", told)]
    lines = [_name_best(sweep, rows, len(groups) > 1) for _, rows in groups[:MOST_TASKS]]
    return [line for line in lines if line]


def _name_best(sweep: Sweep, rows: pd.DataFrame, several: bool) -> str:
    ordered = rows.sort_values(ORDER, ascending=[False, True, True], na_position="last", kind="stable")
    best: Any = ordered.iloc[0]
    name = _name(sweep, int(ordered.index[0]))
    where = f" on {format_value(best['task'])}" if several else ""
    if not best["solved"]:
        results = collect_results(sweep)
        if not any(results[setting].learned for setting in rows.index if setting in results):
            return ""  # said of all settings that learned nothing
        told = format_interval(best)
        sure = f"{told} (median)" if told.startswith("[") else f"({told})"
        wrong = f"{percent(best['error_rate_median'])} % {sure}"
        return f"No trial solved the task{where}, of {rows['trials'].sum()}. Least wrong: {name}, {wrong}."
    alike = ordered[ordered["solved_rate"] == best["solved_rate"]]
    after = ""
    if pd.notna(best["sequences_to_criterion"]):
        after = f", after {thousands(best['sequences_to_criterion'])} sequences (median)"
    told = f"solved {format_share(best)}{after}"
    if len(alike) == 1 or len(rows) == 1:
        return f"Best{where}: {name} {told}."
    soonest = alike.sort_values("sequences_to_criterion", na_position="last", kind="stable").iloc[0]
    name = _name(sweep, int(str(soonest.name)))
    count = f"{len(alike)} of {len(rows)} settings{where}"
    after = f", after {thousands(soonest['sequences_to_criterion'])} sequences (median)" if after else ""
    return f"Best: {count} solved {format_share(best)}; soonest {name}{after}."


def find_unlearned(sweep: Sweep) -> list[str]:
    """Name the settings whose trials are no better than a guess, and what a guess gets."""
    results = collect_results(sweep)
    found = [setting for setting, own in results.items() if not own.learned]
    if not found:
        return []
    chance = sorted({percent(own.chance) for s in found if (own := results[s]).chance is not None})
    guess = f"{chance[0]} %" if len(chance) == 1 else f"{chance[0]} to {chance[-1]} %"
    if len(found) == len(results):
        told = f"none is better than a guess ({guess} wrong)"
        return [f"No setting learned anything: {told}. More trials would not tell them apart."]
    who = f"{len(found)} of {len(results)} settings"
    return [f"{who} learned nothing, no better than a guess ({guess} wrong): {_list(sweep, found)}."]


def find_lost(sweep: Sweep) -> list[str]:
    """Say once how many trials diverged or failed, and in which settings."""
    parts = []
    for status in ("diverged", "failed"):
        own = sweep.trials[sweep.trials["status"] == status]
        if len(own):
            settings = sorted({int(setting) for setting in own["setting"]})
            counted = ", counted as all wrong" if status == "diverged" else ""
            parts.append(f"{len(own):,} of {len(sweep.trials):,} trials {status}{counted}: {_list(sweep, settings)}")
    return [f"{'; '.join(parts)}."] if parts else []


def _list(sweep: Sweep, settings: Sequence[int]) -> str:
    more = f" and {len(settings) - MOST_NAMES} more settings" if len(settings) > MOST_NAMES else ""
    return ", ".join(_name(sweep, setting) for setting in settings[:MOST_NAMES]) + more


def _name(sweep: Sweep, setting: int) -> str:
    """A setting by the keys that vary."""
    keys = [key for key in sweep.keys if varies(sweep.settings, key)]
    return sweep.name(setting, keys or None)
