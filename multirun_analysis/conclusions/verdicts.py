"""How a comparison reads, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def format_verdict(row: Mapping[str, Any], where: str) -> str:
    """Say a row of a comparison in words: `lstm beats rnn at hidden=5 (9 of 10 trials, p = .004)`.

    Args:
        row: With `a`, `b`, `pairs`, `a_won`, `b_won`, `p_holm`, `verdict` and `pairs_needed`.
        where: The setting, as it goes on: ` at hidden=5`.
    """
    a, b, pairs = row["a"], row["b"], row["pairs"]
    if row["verdict"] == "few":
        return f"too few trials to tell {a} from {b}{where} ({pairs} of the same seed)"
    p, ties = format_p(row["p_holm"]), pairs - row["a_won"] - row["b_won"]
    equal = f", {ties} equal" if ties else ""
    if row["verdict"] == "none":
        counts = f"{a} ahead in {row['a_won']}, {b} in {row['b_won']} of {pairs} trials"
        needed = row["pairs_needed"]
        more = "" if np.isnan(needed) else f"; about {_round_up(needed)} trials would separate them"
        return f"no difference shown between {a} and {b}{where} ({counts}, {p}){more}"
    better, worse, won = (a, b, row["a_won"]) if row["verdict"] == "a" else (b, a, row["b_won"])
    return f"{better} beats {worse}{where} ({won} of {pairs} trials{equal}, {p})"


def _round_up(number: float) -> int:
    """A number that is not known better than to two digits: 137 as 140."""
    step = 10 if number > 100 else 1
    return int(np.ceil(number / step) * step)


def format_totals(comparison: pd.DataFrame) -> list[str]:
    """Count the verdicts of each pair of models over all settings, in words."""
    lines = []
    for (a, b), rows in comparison.groupby(["a", "b"], sort=False):
        count = rows["verdict"].value_counts()
        words = {
            "a": f"{a} beats {b}",
            "b": f"{b} beats {a}",
            "none": "no difference shown",
            "few": "too few trials to tell",
        }
        parts = [f"{said} at {count[verdict]}" for verdict, said in words.items() if verdict in count]
        lines.append(f"{a} and {b}, at {len(rows)} settings: {', '.join(parts)}")
    return lines


def format_p(p: float) -> str:
    """Write a p-value: `p = .004`, `p = .25`, `p < .001`, `p = 1`."""
    if p < 0.001:
        return "p < .001"
    return "p = 1" if p >= 0.995 else f"p = {p:.{3 if p < 0.0995 else 2}f}".replace("0.", ".")
