"""What a sweep shows, in sentences: the largest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from multirun_analysis.conclusions.best import find_best, find_lost, find_unlearned
from multirun_analysis.conclusions.family import INTERACTIONS
from multirun_analysis.conclusions.outcomes import OUTCOMES
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.statistics.intervals import ahead_interval
from multirun_analysis.tables.formats import format_p, percent, short, thousands

MOST_ALSO = 4
FIGURES = {"solved": "solved_rate", "wrong": "wrong_predictions", "sooner": "solving"}
METHOD = (
    "p: exact permutation test of trials, over pairs of settings alike in all else (on solved: Fisher's; on wrong "
    "predictions: Mann-Whitney's; on sequences to criterion: Gehan's, for which a trial that never met it took longer "
    "than it was seen). Corrected by Holm in one family: each key has an equal share of the 5 %, all interactions one "
    "more; of more than ten values of a key ten are compared. Trials are not paired by seed, which gains no power. "
    "Brackets: 95 % intervals (Newcombe; Hodges-Lehmann). Order: solved before less wrong before sooner, then by size."
)


def conclude(sweep: Sweep, summary: pd.DataFrame, comparisons: pd.DataFrame) -> list[str]:
    """Say what a sweep shows.

    First what was lost, once; then the best settings; then each key that makes a difference, the
    largest first, with the interactions that overturn it; then the keys that do not.

    Args:
        sweep: What `read_sweep` gave.
        summary: What `summarise` gave.
        comparisons: What `compare` gave.
    """
    lines = [*find_lost(sweep), *find_best(sweep, summary), *find_unlearned(sweep)]
    groups: dict[str, list[Any]] = {}
    for comparison in map(_put_better_first, comparisons.to_dict("records")):
        groups.setdefault(comparison["key"], []).append(comparison)
    shown = {key: _choose(rows) for key, rows in groups.items() if _choose(rows)}
    told: set[frozenset[str]] = set()  # an interaction is one of two keys, and said once
    for key in sorted(shown, key=lambda key: _rank(shown[key][0])):
        lines += _format_key(key, groups[key])
        for row in _choose([row for row in groups[key] if row["matched"] == INTERACTIONS])[:MOST_ALSO]:
            if frozenset((key, row["by"])) not in told:
                lines.append(format_interaction(row))
        told |= {frozenset((key, row["by"])) for row in groups[key] if row["shown"] and row["by"]}
    quiet = [key for key in groups if key not in shown]
    for key in sorted(quiet, key=lambda key: -_largest(groups[key])):
        lines += _format_nothing_found(sweep, key, groups[key])
    return lines


def explain(comparisons: pd.DataFrame) -> pd.DataFrame:
    """The comparisons that say something, the better value first, in words; what is shown on top, the largest first.

    Returns:
        The columns of `compare` but for `pairs`, and `size`, the difference with its interval, and `text`.
    """
    told = comparisons[(comparisons["matched"] != INTERACTIONS) | comparisons["shown"]]
    rows = sorted(map(_put_better_first, told.to_dict("records")), key=lambda row: (not row["shown"], *_rank(row)))
    table = pd.DataFrame(rows, columns=comparisons.columns).drop(columns="pairs")
    texts = [format_interaction(row) if row["by"] else format_difference(row) for row in rows]
    return table.assign(size=["" if row["by"] else format_size(row) for row in rows], text=texts)


def _put_better_first(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A comparison, told from the side that is ahead."""
    told = {str(name): value for name, value in row.items()}
    if told["effect"] >= 0 or told["by"]:
        return told
    for name in ("{}", "trials_{}", "value_{}"):
        first, second = name.format("first"), name.format("second")
        told[first], told[second] = told[second], told[first]
    ends = (told["high"], told["low"])
    told |= {"effect": -told["effect"]}
    if told["outcome"] == "sooner":
        turned = [1 / np.float64(value) if value else np.inf for value in (told["difference"], *ends)]
    else:
        turned = [-value for value in (told["difference"], *ends)]
    return told | dict(zip(("difference", "low", "high"), map(float, turned), strict=True))


def _largest(rows: Sequence[Mapping[str, Any]]) -> float:
    return max((abs(row["effect"]) for row in rows if row["matched"] == "keys"), default=0.0)


def _choose(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The differences of a key that are shown, the most telling first: one for each pair of its values."""
    found: dict[frozenset[str], Mapping[str, Any]] = {}
    for row in sorted((row for row in rows if row["shown"]), key=_rank):
        found.setdefault(frozenset((row["first"], row["second"])), row)
    return sorted(found.values(), key=_rank)


def _rank(row: Mapping[str, Any]) -> tuple[bool, int, float]:
    turned = row["matched"] == INTERACTIONS
    size = max(abs(row["effect_at"]), abs(row["effect_other_at"])) if turned else abs(row["effect"])
    return row["matched"] != "keys", OUTCOMES.index(row["outcome"]), -size


def _format_key(key: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sentences on one key that makes a difference."""
    main = _choose([row for row in rows if row["matched"] == "keys"])
    lines = []
    if main:
        also = [_say_briefly(row) for row in main[1:]]
        more = f"; and {len(also) - MOST_ALSO} more" if len(also) > MOST_ALSO else ""
        likewise = f" Likewise {'; '.join(also[:MOST_ALSO])}{more}." if also else ""
        lines.append(f"{_name(key, main[0])}{format_difference(main[0])}{likewise}")
    equal = _choose([row for row in rows if row["matched"] == "parameters"])
    if equal:
        lines.append(
            f"{key}, at equal numbers of parameters: {format_difference(equal[0])}{_say_against(equal[0], main)}"
        )
    elif any(row["matched"] == "parameters" for row in rows) and main:
        lines.append(f"{key}, at equal numbers of parameters: no difference shown.")
    return lines


def _name(key: str, row: Mapping[str, Any]) -> str:
    """What a sentence on a key begins with, where its values do not name it."""
    return "" if row["first"].startswith(f"{key}=") else f"{key}: "


def format_difference(row: Mapping[str, Any]) -> str:
    """Say a difference: `lstm solved 14 of 30 trials, rnn 2 of 30: 40 points more [18, 58], p < .001 ..`."""
    a, b, value, other = (row[name] for name in ("first", "second", "value_first", "value_second"))
    if row["outcome"] == "solved":
        trials, others = row["trials_first"], row["trials_second"]
        said = f"{a} solved {value:.0f} of {trials:.0f} trials, {b} {other:.0f} of {others:.0f}"
    elif row["outcome"] == "wrong":
        said = f"{a} was wrong in {percent(value)} % of test sequences, {b} in {percent(other)} %"
    elif np.isnan(value):
        said = f"{a} met the criterion sooner than {b}, though neither in half of its trials"
    else:
        after = "not within what was trained" if np.isnan(other) else f"after {thousands(other)}"
        said = f"{a} met the criterion after {thousands(value)} sequences (median), {b} {after}"
    pairs = row["settings"]
    over = f"over {pairs} pairs of settings" if pairs > 1 else "in one pair of settings"
    alike = "alike in all else" if row["matched"] == "keys" else "of like size"
    figure = FIGURES[row["outcome"]]
    return f"{said}: {format_size(row)}, {format_p(row['p_corrected'])}, {over} {alike} (figure {figure})."


def format_size(row: Mapping[str, Any]) -> str:
    """How large a difference is, with its interval: `40 points more [18, 58]`, `0.7 times as many [0.5, 0.9]`."""
    values = [row[name] for name in ("difference", "low", "high")]
    if row["outcome"] == "sooner" and np.isnan(row["value_first"]):
        ends = ahead_interval((1 + row["effect"]) / 2, row["trials_first"], row["trials_second"], row["settings"])
        low, high = (f"{100 * end:.0f}" for end in ends)
        return f"ahead in {_ahead(row['effect'])} % of pairs of trials [{low}, {high}]"
    if row["outcome"] == "sooner":
        size, low, high = (f"{value:.2g}" if np.isfinite(value) else ".." for value in values)
        return f"{size} times as many [{low}, {high}]"
    size, low, high = (short(round(100 * value, 1) + 0.0) if np.isfinite(value) else ".." for value in values)
    return f"{size} points {'more' if row['outcome'] == 'solved' else 'less'} [{low}, {high}]"


def format_interaction(row: Mapping[str, Any]) -> str:
    """Say that the order of two values turns round with another key."""
    first, second = row["first"], row["second"]
    ahead, behind = (first, second) if row["effect_at"] > 0 else (second, first)
    won, lost = (abs(row[name]) for name in ("effect_at", "effect_other_at"))
    return (
        f"{row['key']} depends on {row['by']}: {ahead} {_say_outcome(row)} than {behind} at {row['at']} "
        f"(ahead in {_ahead(won)} % of pairs of trials), {behind} at {row['other_at']} ({_ahead(lost)} %), "
        f"{format_p(row['p_corrected'])} (figure {FIGURES[row['outcome']]})."
    )


def _format_nothing_found(sweep: Sweep, key: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sentence on a key of which no difference is shown."""
    main = [row for row in rows if row["matched"] == "keys"]
    if not main:
        return []
    trials = sweep.trials.groupby("setting").size()
    if not any(row["could_show"] for row in main):
        least = min(row["least_p"] for row in main)
        counts = f"{trials.min()} to {trials.max()}" if trials.min() < trials.max() else f"{trials.max()}"
        return [
            f"{key}: nothing can be shown with {counts} trial{'s' if trials.max() > 1 else ''} a setting; the most "
            f"one-sided result has {format_p(least)} before it is corrected."
        ]
    largest = max((row for row in main if row["could_show"]), key=lambda row: abs(row["effect"]))
    return [f"{key}: no difference shown. The largest seen: {format_difference(largest)}"]


def _say_against(row: Mapping[str, Any], main: Sequence[Mapping[str, Any]]) -> str:
    """Whether a comparison at equal parameters turns that at equal width round."""
    turned = any((own["second"], own["first"]) == (row["first"], row["second"]) for own in main)
    return " The other way round than at equal width." if turned else ""


def _say_briefly(row: Mapping[str, Any]) -> str:
    return f"{row['first']} over {row['second']} ({_say_outcome(row)}, {format_p(row['p_corrected'])})"


def _say_outcome(row: Mapping[str, Any]) -> str:
    return {"solved": "solved more", "wrong": "was less wrong", "sooner": "was sooner"}[row["outcome"]]


def _ahead(effect: float) -> str:
    return f"{50 * (1 + effect):.0f}"
