"""Which of two models remembers better at the same setting, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multirun_analysis.conclusions.verdicts import format_verdict
from multirun_analysis.frames.settings import follows, sort_key, varies
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import FINISHED
from multirun_analysis.statistics.intervals import mean_intervals
from multirun_analysis.statistics.paired import holm, rank_biserial, signed_rank, smallest_p
from multirun_analysis.statistics.power import pairs_to_show

LEVEL = 0.05
MOST_PAIRS = 1000  # an estimate beyond is none
COLUMNS = [
    *("at", "a", "b", "pairs", "a_won", "b_won", "lead", "lead_low", "lead_high", "effect"),
    *("p", "p_holm", "pairs_needed", "verdict", "text"),
]
Leads = NDArray[np.float64]
# What a model was computed with does not make it another setting.
COMPUTED_WITH = ("engine", "device")


def compare(sweep: Sweep, over: str = "model") -> pd.DataFrame:
    """Compare the models of a sweep in pairs, at settings that are otherwise the same.

    Trials are paired by seed: those of one seed see the same test set, and the one with fewer
    wrong predictions wins. The p-value is that of Wilcoxon's signed-rank test over the pairs of
    trials, corrected by Holm within the pairs of models at one setting. A trial that diverged
    counts as all wrong. Keys that a model brings with it (a recipe's) may differ between the
    two; their names then tell. Where no difference is shown, Noether's formula estimates how many
    trials would show what there seems to be, with a probability of .8 and at a level that allows
    for the number of pairs of models (Bonferroni).

    Args:
        sweep: What `read_sweep` gave.
        over: The key whose values are compared; any varied one.
    Returns:
        A row a pair: `at` (the setting), `a`, `b`, `pairs` (of trials), `a_won`, `b_won`; `lead`, by
        how much a's error rate is below b's, mean over the pairs with a bootstrap interval (95 %);
        `effect`, the rank-biserial correlation, 1 where a won every pair; `p`, `p_holm`,
        `pairs_needed` (empty beyond 1,000), `verdict` (`a`, `b`, `none` shown, `few` trials) and
        `text`, all of it in words.
    """
    if over not in sweep.settings:
        return pd.DataFrame(columns=COLUMNS)
    at, own = _split_keys(sweep, over)
    errors = _read_errors(sweep.trials)
    telling = [key for key in at if varies(sweep.settings, key)]
    rows: list[dict[str, Any]] = []
    leads: list[Leads] = []
    for settings in _group(sweep, at):
        pairs = list(combinations(settings, 2))
        found = [_pair(errors.get(a, {}), errors.get(b, {})) for a, b in pairs]
        p_values = [signed_rank(lead) for lead in found]
        for (a, b), lead, p, corrected in zip(pairs, found, p_values, holm(p_values), strict=True):
            names = {"at": sweep.name(a, at), "a": sweep.name(a, own), "b": sweep.name(b, own)}
            row = names | _describe(lead) | {"p": p, "p_holm": corrected} | _judge(lead, corrected, len(pairs))
            rows.append(row | {"text": format_verdict(row, _say_where(sweep, a, telling))})
        leads += found
    table = pd.DataFrame(rows, columns=COLUMNS)
    table[["lead_low", "lead_high"]] = mean_intervals(leads).reshape(-1, 2)
    return table


def _split_keys(sweep: Sweep, over: str) -> tuple[list[str], list[str]]:
    """Keys that must be equal for two settings to be compared, and keys that a side brings."""
    rows: list[Any] = sweep.settings[sweep.keys].to_dict("records")
    leading = [key for key in sweep.keys if key != over]
    brought = [
        key
        for key in leading
        if (not _tells_test_set(sweep.dotted[key]) and follows(rows, key, over))
        or (over, sweep.dotted[key]) == ("model", "model_source")
    ]
    at = [key for key in leading if key not in brought]
    without = [key for key in at if key not in COMPUTED_WITH]
    if not sweep.settings.duplicated([*without, over]).any():
        at = without
    return at, [over, *brought]


def _tells_test_set(key: str) -> bool:
    """Whether two trials of one seed see the same test set only where this key is equal."""
    return key.startswith("task.") or key in ("task_source", "test_sequences")


def _group(sweep: Sweep, at: Sequence[str]) -> Iterator[list[int]]:
    """Settings that agree in `at`, where there are several."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for setting, values in enumerate(zip(*(sweep.settings[key] for key in at), strict=True)):
        groups.setdefault(tuple(map(sort_key, values)), []).append(setting)
    yield from (settings for settings in groups.values() if len(settings) > 1)


def _say_where(sweep: Sweep, setting: int, keys: Sequence[str]) -> str:
    """The values of some keys: ` on recall at hidden=5`."""
    task, others = [key for key in keys if key == "task"], [key for key in keys if key != "task"]
    words = ((" on ", sweep.name(setting, task)), (" at ", sweep.name(setting, others)))
    return "".join(word + name for word, name in words if name)


def _read_errors(trials: pd.DataFrame) -> dict[int, dict[int, float]]:
    """Each setting's share of wrong predictions by seed, over the trials that ended."""
    ended = trials[trials["status"].isin(FINISHED)]
    rate = ended["error_rate"].where(ended["status"] == "done", 1.0)
    table = pd.DataFrame({"setting": ended["setting"], "seed": ended["seed"], "rate": rate}).dropna()
    errors: dict[int, dict[int, float]] = {}
    for setting, seed, error in zip(*(table[name].tolist() for name in table), strict=True):
        errors.setdefault(setting, {})[seed] = error
    return errors


def _pair(a: Mapping[int, float], b: Mapping[int, float]) -> Leads:
    """By how much a's share of wrong predictions is below b's, for each seed that both have."""
    lead = np.array([b[seed] - error for seed, error in a.items() if seed in b])
    return np.where(np.abs(lead) < 1e-12, 0.0, lead)


def _describe(lead: Leads) -> dict[str, Any]:
    won = {"pairs": len(lead), "a_won": int((lead > 0).sum()), "b_won": int((lead < 0).sum())}
    return won | {"lead": lead.mean() if len(lead) else np.nan, "effect": rank_biserial(lead)}


def _judge(lead: Leads, p: float, num_pairs: int) -> dict[str, Any]:
    """The verdict, and how many trials it would take where it is none."""
    if p < LEVEL:
        return {"verdict": "a" if rank_biserial(lead) > 0 else "b", "pairs_needed": np.nan}
    if smallest_p(len(lead)) * num_pairs >= LEVEL:
        return {"verdict": "few", "pairs_needed": np.nan}
    needed = pairs_to_show(lead, LEVEL / num_pairs)
    return {"verdict": "none", "pairs_needed": np.ceil(needed) if needed <= MOST_PAIRS else np.nan}
