"""What each key does over settings alike in all else, as frames to draw."""

from __future__ import annotations

from typing import Any

import pandas as pd

from multirun_analysis.conclusions.factors import find_factors
from multirun_analysis.frames.sweep import Sweep

NAMES = {"solved": "solved trials (%)", "wrong": "wrong predictions (%)"}


def choose_outcome(summary: pd.DataFrame) -> str:
    """What tells settings apart: `solved` trials, or where none is `wrong` predictions."""
    return "solved" if summary["solved"].any() else "wrong"


def summarise_effects(sweep: Sweep, summary: pd.DataFrame) -> pd.DataFrame:
    """Lay out every setting by the value of each key that varies.

    Args:
        sweep: What `read_sweep` gave.
        summary: What `summarise` gave.
    Returns:
        A row a key, value and setting: `key`, `level` (the value), `setting`, `group` (settings of a key that are
        alike in all else have one), and `value`, in per cent: see `choose_outcome`. Keys with the
        largest effect come first, `effect`: the range of the means over groups that have every value.
    """
    column = {"solved": "solved_rate", "wrong": "error_rate_median"}[choose_outcome(summary)]
    values = (100 * summary[column].where(summary["trials"] > 0)).tolist()
    tables = []
    for factor in find_factors(sweep):
        rows = [
            {"key": factor.name, "level": name, "setting": own[level], "group": number, "value": values[own[level]]}
            for level, name in factor.levels.items()
            for number, own in enumerate(factor.groups)
            if level in own
        ]
        table = pd.DataFrame(rows).dropna() if rows else pd.DataFrame()
        if len(table) and len(set(table["level"])) > 1:
            tables.append(table.assign(effect=_measure_effect(table)))
    tables.sort(key=lambda table: -float(table["effect"].iloc[0]))
    columns = ["key", "level", "setting", "group", "value", "effect"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def average_levels(effects: pd.DataFrame) -> pd.Series[float]:
    """Mean of each level of one key over the groups that have all of them; over all groups, if none has."""
    table = effects.pivot_table(index="group", columns="level", values="value", sort=False)
    whole = table.dropna()
    return (whole if len(whole) else table).mean()


def _measure_effect(table: pd.DataFrame) -> float:
    means = average_levels(table)
    return float(means.max() - means.min())


def rank_keys(comparisons: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """The largest difference between two values of each key, at settings alike in all else.

    Args:
        comparisons: What `compare` gave.
        outcome: What `choose_outcome` gave.
    Returns:
        A row a key, the largest first: `key`, `better` and `worse` (values), `difference`, `low`, `high` in
        points of per cent, and `shown`.
    """
    own = comparisons[(comparisons["matched"] == "keys") & (comparisons["outcome"] == outcome)]
    rows = []
    for key, group in own.dropna(subset=["difference"]).groupby("key", sort=False):
        row: Any = group.iloc[int(group["difference"].abs().to_numpy("float64").argmax())]
        turned = row["effect"] < 0
        ends = sorted(-100 * row[end] if turned else 100 * row[end] for end in ("low", "high"))
        names = ("second", "first") if turned else ("first", "second")
        size = -100 * row["difference"] if turned else 100 * row["difference"]
        rows.append([key, row[names[0]], row[names[1]], size, *ends, bool(row["shown"])])
    table = pd.DataFrame(rows, columns=["key", "better", "worse", "difference", "low", "high", "shown"])
    return table.sort_values("difference", ascending=False, kind="stable", ignore_index=True)
