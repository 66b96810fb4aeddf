"""How single figures read: of one value, or of one row of a summary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from multirun_analysis.frames.trials import LOST
from multirun_analysis.statistics.intervals import most_unlike

ABSENT = "-"
Row = Mapping[Any, Any]


def one_decimal(value: float) -> str:
    """Write 12.34 as 12.3, 12 as 12.0."""
    return f"{value:.1f}"


def short(value: float) -> str:
    """Write 12.5 as 12.5, 12 as 12."""
    return f"{value:.1f}".removesuffix(".0")


def format_seconds(value: float) -> str:
    """Write 12.34 as 12.3, .01234 as 0.012."""
    return f"{value:.3g}" if value >= 1 else f"{value:.2g}"


def percent(share: float) -> str:
    """Write .1234 as 12.3."""
    return f"{100 * share:.1f}"


def two_decimals(share: float) -> str:
    """Write .1234 as 12.34."""
    return f"{100 * share:.2f}"


def thousands(value: float) -> str:
    """Write 576000 as 576,000."""
    return f"{value:,.0f}"


def format_solved(row: Row) -> str:
    """Solved trials: `7 of 10`."""
    return f"{row['solved']} of {row['trials']}" if row["trials"] else ABSENT


def format_lost(row: Row) -> str:
    """Trials without a result: ` (2 failed, 1 running)`, or nothing."""
    lost = [f"{row[status]} {status}" for status in LOST if row[status]]
    return f" ({', '.join(lost)})" if lost else ""


def format_share(row: Row) -> str:
    """Solved trials with Wilson's interval of their share: `7 of 10 trials [40, 89 %]`."""
    low, high = (f"{100 * row[f'solved_{end}']:.0f}" for end in ("low", "high"))
    return f"{row['solved']} of {row['trials']} trials [{low}, {high} %]"


def format_solved_interval(row: Row) -> str:
    """Wilson's interval of the share of solved trials: `[40, 89]`, in percent."""
    return ABSENT if pd.isna(row["solved_low"]) else f"[{100 * row['solved_low']:.0f}, {100 * row['solved_high']:.0f}]"


def has_no_spread(row: Row) -> bool:
    """Whether several trials all came to the same count of wrong predictions."""
    return bool(row["trials"] > 1 and row["wrong_min"] == row["wrong_max"])


def describe_no_spread(trials: int) -> str:
    """What `no spread` says: how many further trials may differ from trials that are all alike."""
    differ = 100 * most_unlike(trials)
    return f"No spread in {trials} trials: at most {differ:.0f} % of further trials would differ (95 % sure)."


def format_interval(row: Row) -> str:
    """The interval of the median error rate: `[8.0, 12.3]`, in percent."""
    if pd.isna(row["error_rate"]):
        return ABSENT
    if has_no_spread(row):
        return "no spread"
    if pd.isna(row["error_rate_low"]):
        return "one trial" if row["trials"] == 1 else "too few"
    return format_ends(row["error_rate_low"], row["error_rate_high"])


def format_ends(low: float, high: float) -> str:
    """An interval of shares: `[8.0, 12.3]`, in percent."""
    return ABSENT if pd.isna(low) else f"[{percent(low)}, {percent(high)}]"


def format_error(row: Row) -> str:
    """The median error rate and its interval: `10.1 [8.0, 12.3]`, in percent."""
    return ABSENT if pd.isna(row["error_rate"]) else f"{percent(row['error_rate_median'])} {format_interval(row)}"


def format_mean(row: Row, column: str) -> str:
    """A mean and its standard deviation: `301.5 (45.1)`."""
    mean, deviation = row[f"{column}_mean"], row[f"{column}_std"]
    if pd.isna(mean):
        return ABSENT
    return one_decimal(mean) + (f" ({one_decimal(deviation)})" if pd.notna(deviation) else "")


def format_time(row: Row) -> str:
    """The median of the sequences to criterion: `12,800`, or `> 576,000` if it is not reached."""
    if pd.notna(row["sequences_to_criterion"]):
        return thousands(row["sequences_to_criterion"])
    return ABSENT if pd.isna(row["budget"]) else f"> {thousands(row['budget'])}"


def format_p(p: float) -> str:
    """Write a p-value: `p = .004`, `p = .25`, `p < .001`, `p = 1`."""
    if p < 0.001:
        return "p < .001"
    return "p = 1" if p >= 0.995 else f"p = {p:.{3 if p < 0.0995 else 2}f}".replace("0.", ".")
