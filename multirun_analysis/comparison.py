"""Which of two models remembers better at the same point, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from multirun_analysis.points import follows, sort_key, varies
from multirun_analysis.statistics.paired import holm, lean, signed_rank, smallest_p
from multirun_analysis.sweep import Sweep
from multirun_analysis.trials import FINISHED

LEVEL = 0.05
COLUMNS = ["at", "a", "b", "pairs", "a_won", "b_won", "p", "p_holm", "verdict", "text"]
# What a model was computed with does not make it another point.
COMPUTED_WITH = ("engine", "device")


def compare(sweep: Sweep, over: str = "model") -> pd.DataFrame:
    """Compare the models of a sweep in pairs, at points that are otherwise the same.

    Trials are paired by seed: those of one seed see the same test set, and the one with fewer
    wrong predictions wins. The p-value is that of Wilcoxon's signed-rank test over the pairs of
    trials, corrected by Holm within the pairs of models at one point. A trial that diverged
    counts as all wrong. Keys that a model brings with it (a recipe's) may differ between the
    two; their names then tell.

    Args:
        sweep: What `read_sweep` gave.
        over: The key whose values are compared; any varied one.
    Returns:
        A row a pair: `at` (the point), `a`, `b`, `pairs` (of trials), `a_won`, `b_won`, `p`,
        `p_holm`, `verdict` (`a`, `b`, `none` shown, `few` trials) and `text`, all of it in words.
    """
    if over not in sweep.points:
        return pd.DataFrame(columns=COLUMNS)
    at, own = _split_keys(sweep, over)
    errors = _read_errors(sweep.trials)
    telling = [key for key in at if varies(sweep.points, key)]
    rows: list[dict[str, Any]] = []
    for points in _group(sweep, at):
        pairs = list(combinations(points, 2))
        found = [_compare_pair(errors.get(a), errors.get(b)) for a, b in pairs]
        adjusted = holm([row["p"] for row in found])
        for (a, b), row, p in zip(pairs, found, adjusted, strict=True):
            names = {"at": sweep.name(a, at), "a": sweep.name(a, own), "b": sweep.name(b, own)}
            row |= names | {"p_holm": p, "verdict": _judge(row, p, len(pairs))}
            rows.append(row | {"text": _write(row, _say_where(sweep, a, telling))})
    return pd.DataFrame(rows, columns=COLUMNS)


def _split_keys(sweep: Sweep, over: str) -> tuple[list[str], list[str]]:
    """Keys that must be equal for two points to be compared, and keys that a side brings."""
    rows = [{key: sweep.points[key].iloc[point] for key in sweep.keys} for point in sweep.points.index]
    leading = [key for key in sweep.keys if key != over]
    brought = [key for key in leading if not _tells_test_set(sweep.dotted[key]) and follows(rows, key, over)]
    at = [key for key in leading if key not in brought]
    without = [key for key in at if key not in COMPUTED_WITH]
    if not sweep.points.duplicated([*without, over]).any():
        at = without
    return at, [over, *brought]


def _tells_test_set(key: str) -> bool:
    """Whether two trials of one seed see the same test set only where this key is equal."""
    return key.startswith("task.") or key == "test_sequences"


def _group(sweep: Sweep, at: Sequence[str]) -> Iterator[list[int]]:
    """Points that agree in `at`, where there are several."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for point in sweep.points.index:
        values = [sweep.points[key].iloc[point] for key in at]
        groups.setdefault(tuple(sort_key(value) for value in values), []).append(int(point))
    yield from (points for points in groups.values() if len(points) > 1)


def _say_where(sweep: Sweep, point: int, keys: Sequence[str]) -> str:
    """The values of some keys: ` on recall at hidden=5`."""
    task, others = [key for key in keys if key == "task"], [key for key in keys if key != "task"]
    words = ((" on ", sweep.name(point, task)), (" at ", sweep.name(point, others)))
    return "".join(word + name for word, name in words if name)


def _read_errors(trials: pd.DataFrame) -> dict[int, pd.Series[float]]:
    """Each point's share of wrong predictions by seed, over the trials that ended."""
    ended = trials[trials["status"].isin(FINISHED)]
    rate = ended["error_rate"].where(ended["status"] == "done", 1.0)
    table = pd.DataFrame({"point": ended["point"], "seed": ended["seed"], "rate": rate}).dropna()
    return {int(str(point)): group.set_index("seed")["rate"] for point, group in table.groupby("point")}


def _compare_pair(a: pd.Series[float] | None, b: pd.Series[float] | None) -> dict[str, Any]:
    if a is None or b is None:
        return {"pairs": 0, "a_won": 0, "b_won": 0, "p": 1.0}
    difference = (a - b).dropna().to_numpy("float64")
    difference = np.where(np.abs(difference) < 1e-12, 0.0, difference)
    won = {"a_won": int((difference < 0).sum()), "b_won": int((difference > 0).sum())}
    return {"pairs": len(difference), **won, "p": signed_rank(difference), "a_better": lean(difference) < 0}


def _judge(row: dict[str, Any], p: float, num_pairs: int) -> str:
    if p < LEVEL:
        return "a" if row["a_better"] else "b"
    return "few" if smallest_p(row["pairs"]) * num_pairs >= LEVEL else "none"


def _write(row: dict[str, Any], where: str) -> str:
    """Say it in words: `lstm beats rnn at hidden=5 (9 of 10 trials, p = .004)`."""
    a, b, pairs = row["a"], row["b"], row["pairs"]
    if row["verdict"] == "few":
        return f"too few trials to tell {a} from {b}{where} ({pairs} of the same seed)"
    p, ties = write_p(row["p_holm"]), pairs - row["a_won"] - row["b_won"]
    equal = f", {ties} equal" if ties else ""
    if row["verdict"] == "none":
        counts = f"{a} ahead in {row['a_won']}, {b} in {row['b_won']} of {pairs} trials"
        return f"no difference shown between {a} and {b}{where} ({counts}, {p})"
    better, worse, won = (a, b, row["a_won"]) if row["verdict"] == "a" else (b, a, row["b_won"])
    return f"{better} beats {worse}{where} ({won} of {pairs} trials{equal}, {p})"


def write_totals(comparison: pd.DataFrame) -> list[str]:
    """Count the verdicts of each pair of models over all points, in words."""
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
        lines.append(f"{a} and {b}, at {len(rows)} points: {', '.join(parts)}")
    return lines


def write_p(p: float) -> str:
    """Write a p-value: `p = .004`, `p < .001`, `p = 1`."""
    if p < 0.001:
        return "p < .001"
    return (
        "p = 1" if p >= 0.995 else f"p = {p:.3f}".replace("0.", ".") if p < 0.01 else f"p = {p:.2f}".replace("0.", ".")
    )
