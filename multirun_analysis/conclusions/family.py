"""Every comparison that the factors of a sweep give, corrected together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from multirun_analysis.conclusions.factors import (
    Factor,
    Level,
    Pair,
    find_contrasts,
    find_factors,
    pair_by_parameters,
)
from multirun_analysis.conclusions.outcomes import (
    OUTCOMES,
    Outcome,
    Results,
    build_strata,
    collect_results,
    measure,
)
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.statistics.correction import holm
from multirun_analysis.statistics.stratified import permutation_test

LEVEL = 0.05
INTERACTIONS = "interactions"  # all of them have one key's share of the level
COLUMNS = [
    *("key", "first", "second", "matched", "outcome", "by", "at", "other_at", "effect_at", "effect_other_at"),
    *("settings", "trials_first", "trials_second", "value_first", "value_second", "effect"),
    *("difference", "low", "high", "p", "least_p", "p_corrected", "shown", "could_show", "pairs"),
]
Row = dict[str, Any]


def compare(sweep: Sweep, key: str | None = None) -> pd.DataFrame:
    """Compare the values of every key that varies, in pairs, over settings that are otherwise the same.

    Three outcomes: `solved`, whether a trial solved its task; `wrong`, its share of wrong predictions
    (a trial that diverged counts as all wrong); `sooner`, the training sequences until it met its
    criterion (trials that never did are known to have taken longer). The test is one, exact with ties
    (`statistics.stratified`): trials are dealt out to the two settings of each pair. They are not
    paired by seed, which gains nothing: over 200 seeds of recall their results do not correlate. At
    `matched` `keys` the settings of a pair differ in this key only; at `parameters` in their width as
    well, so that both have about equally many parameters.

    One family, corrected by Holm's method: what no result could show by itself is left out of it, each
    key has an equal share of the 5 % and in it each of its comparisons; all interactions together
    have the share of one more key. An interaction asks whether a difference is the same at two values
    of another key; where it is not, and turns round, `by`, `at` and `other_at` say so.

    Args:
        sweep: What `read_sweep` gave.
        key: Compare the values of this key only, as a family of its own.
    Returns:
        A row a comparison. `effect`: the share of pairs of trials that the first wins minus the share
        that it loses, -1 to 1. `difference` with a 95 % interval, in the outcome's own unit:
        see `outcomes.measure`. `p`, `p_corrected`, `shown` (below .05), `could_show` (whether the
        most one-sided result of so many trials would have been). `pairs`: the settings compared.
    Raises:
        AnalysisError: if `key` does not vary.
    """
    results = collect_results(sweep)
    factors = find_factors(sweep, key)
    others = find_factors(sweep)
    rows = [row for factor in factors for row in _compare_levels(sweep, factor, others, results)]
    _correct(rows)
    table = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("shown", "could_show"):
        table[column] = table[column].astype(bool)
    return table


def _compare_levels(
    sweep: Sweep, factor: Factor, others: Sequence[Factor], results: dict[int, Results]
) -> Iterator[Row]:
    for first, second in combinations(factor.levels, 2):
        pairs = factor.pair_settings(first, second)
        names = {"key": factor.name, "first": factor.levels[first], "second": factor.levels[second]}
        for matched, found in (("keys", pairs), ("parameters", pair_by_parameters(sweep, factor, first, second))):
            for outcome in OUTCOMES:
                yield from _compare(names | {"matched": matched}, outcome, found, results)
        for other in others if {first, second} <= set(factor.few) else ():
            if other.key not in factor.own and other.key in factor.at:
                for contrast in find_contrasts(sweep, pairs, factor, other):
                    yield from _contrast(names, other, contrast, results)


def _compare(names: Row, outcome: Outcome, pairs: Sequence[Pair], results: dict[int, Results]) -> Iterator[Row]:
    """One comparison; nothing where there is no difference to be seen at all."""
    strata = build_strata(outcome, pairs, results)
    if not any(stratum.scores.any() for stratum in strata):
        return
    test = permutation_test(strata)
    told = measure(outcome, pairs, results)
    yield names | {
        "outcome": outcome,
        "by": "",
        "settings": len(strata),
        "trials_first": sum(stratum.first for stratum in strata),
        "trials_second": sum(len(stratum.scores) - stratum.first for stratum in strata),
        "value_first": told["first"],
        "value_second": told["second"],
        **{name: told[name] for name in ("difference", "low", "high")},
        **vars(test),
        "pairs": list(pairs),
    }


def _contrast(
    names: Row, other: Factor, contrast: tuple[Level, Level, list[Pair], list[Pair]], results: dict[int, Results]
) -> Iterator[Row]:
    """Whether a difference is the same at two values of another key."""
    low, high, at_low, at_high = contrast
    for outcome in OUTCOMES:
        sides = [build_strata(outcome, pairs, results) for pairs in (at_low, at_high)]
        if not all(any(stratum.scores.any() for stratum in side) for side in sides):
            continue
        effects = [sum(s.statistic for s in side) / sum(s.pairs for s in side) for side in sides]
        spreads = [sum(s.statistic for s in side) / sum(s.variance for s in side) ** 0.5 for side in sides]
        test = permutation_test([*sides[0], *sides[1]], [1] * len(sides[0]) + [-1] * len(sides[1]))
        turns = effects[0] * effects[1] < 0 and min(map(abs, spreads)) > 1
        yield names | {
            "matched": INTERACTIONS,
            "outcome": outcome,
            "by": other.name if turns else "",
            "at": other.levels[low],
            "other_at": other.levels[high],
            "effect_at": effects[0],
            "effect_other_at": effects[1],
            "settings": len(sides[0]) + len(sides[1]),
            **vars(test),
            "pairs": [*at_low, *at_high],
        }


def _correct(rows: list[Row]) -> None:
    """Correct the p-values of all rows, and say what is shown."""
    hopeful = [row for row in rows if row["least_p"] < LEVEL]
    shares = [INTERACTIONS if row["matched"] == INTERACTIONS else row["key"] for row in hopeful]
    count = {share: shares.count(share) for share in set(shares)}
    weights = np.array([1 / count[share] for share in shares])
    corrected: Sequence[float] = list(holm([row["p"] for row in hopeful], weights)) if hopeful else []
    for row in rows:
        row |= {"p_corrected": 1.0, "shown": False, "could_show": False}
    for row, p, weight in zip(hopeful, corrected, weights, strict=True):
        could = row["least_p"] * weights.sum() / weight < LEVEL
        row |= {"p_corrected": float(p), "shown": bool(p < LEVEL), "could_show": bool(could)}
        if row["matched"] == INTERACTIONS:
            row["shown"] = row["shown"] and bool(row["by"])
