"""What varies in a sweep, and which of its settings differ in one thing only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from multirun_analysis.frames.jobs import AnalysisError
from multirun_analysis.frames.settings import follows, sort_key, varies
from multirun_analysis.frames.sweep import Sweep

MOST_LEVELS = 10  # of a key that has more values, so many are compared, evenly chosen
MOST_TURNED = 4  # of these, so many to see whether other keys turn them round
ALIKE = 1.25  # numbers of parameters that differ by a larger factor are not equal
# What a network was computed with does not make it another setting.
COMPUTED_WITH = ("engine", "device")
Pair = tuple[int, int]
Level = tuple[int, float, str]  # a value of a key, as `sort_key` orders it


@dataclass(frozen=True)
class Factor:
    """A key that varies, and what varies with it.

    key: The key, or the first of several that always vary together.
    name: All of these.
    own: The key and those whose values it tells, as a recipe tells a rate.
    at: The keys that must be equal for two of its values to be compared.
    levels: Its values, and what each is called.
    groups: Settings that agree in `at`: a setting for each value that is there.
    left_out: How many values are not compared.
    """

    key: str
    name: str
    own: list[str]
    at: list[str]
    levels: dict[Level, str]
    groups: list[dict[Level, int]]
    left_out: int = 0

    @property
    def few(self) -> list[Level]:
        """Some of its values, evenly chosen."""
        return choose_evenly(list(self.levels), MOST_TURNED)

    def pair_settings(self, first: Level, second: Level) -> list[Pair]:
        """The settings that differ in this factor only, one of each value."""
        return [(group[first], group[second]) for group in self.groups if first in group and second in group]


def find_factors(sweep: Sweep, only: str | None = None) -> list[Factor]:
    """Find the factors of a sweep, in the order of its keys.

    Args:
        sweep: What `read_sweep` gave.
        only: Leave out all others.
    Raises:
        AnalysisError: if `only` does not vary.
    """
    keys = [key for key in sweep.keys if varies(sweep.settings, key)]
    if only is not None and only not in keys:
        found = ", ".join(keys) or "none"
        raise AnalysisError(f"{only} does not vary between these settings; choose from {found}")
    rows: list[Any] = sweep.settings[keys].to_dict("records")
    told = {key: [other for other in keys if other != key and follows(rows, other, key)] for key in keys}
    factors = []
    for index, key in enumerate([only] if only else keys):
        earlier = [] if only else keys[:index]
        same = [other for other in told[key] if key in told[other]]
        if not any(other in earlier for other in same):
            factors.append(_make_factor(sweep, keys, [key, *same], told[key]))
    return [factor for factor in factors if only or factor.key not in COMPUTED_WITH]


def _make_factor(sweep: Sweep, keys: Sequence[str], same: Sequence[str], told: Sequence[str]) -> Factor:
    """Make a factor of some keys of which each tells the others, and tells some more."""
    key = same[0]
    own = [key, *told]
    at = [other for other in keys if other not in own]
    without = [other for other in at if other not in COMPUTED_WITH]
    if key not in COMPUTED_WITH and not sweep.settings.duplicated([*without, key]).any():
        at = without
    values = [sort_key(value) for value in sweep.settings[key]]
    ordered = sorted(set(values))
    kept = choose_evenly(ordered, MOST_LEVELS)
    groups: dict[tuple[Level, ...], dict[Level, int]] = {}
    columns = [list(map(sort_key, sweep.settings[other])) for other in at]
    for setting, level in enumerate(values):
        if level in kept:
            groups.setdefault(tuple(column[setting] for column in columns), {})[level] = setting
    shown = [key, *(other for other in told if other not in COMPUTED_WITH)]
    levels = {level: sweep.name(values.index(level), shown) or f"no {key}" for level in kept}
    found = [group for group in groups.values() if len(group) > 1]
    return Factor(key, _join(same), own, at, levels, found, len(ordered) - len(kept))


def choose_evenly(levels: Sequence[Level], most: int) -> list[Level]:
    """At most so many values, the first and the last among them."""
    if len(levels) <= most:
        return list(levels)
    return [levels[index] for index in np.linspace(0, len(levels) - 1, most).round().astype(int)]


def _join(keys: Sequence[str]) -> str:
    return " and ".join([", ".join(keys[:-1]), keys[-1]]) if len(keys) > 1 else keys[0]


def pair_by_parameters(sweep: Sweep, factor: Factor, first: Level, second: Level) -> list[Pair]:
    """Settings of two values that have about the same number of parameters, at widths of their own.

    Nothing where equal widths have equal numbers, or where the same settings would be compared.
    """
    if "hidden" not in factor.at or factor.key == "hidden":
        return []
    parameters = sweep.trials.groupby("setting")["parameters"].first().dropna().astype("float64").to_dict()
    equal = factor.pair_settings(first, second)
    if equal and all(parameters.get(a) == parameters.get(b) for a, b in equal):
        return []
    values = [sort_key(value) for value in sweep.settings[factor.key]]
    others = [list(map(sort_key, sweep.settings[key])) for key in factor.at if key != "hidden"]
    sides: dict[tuple[Level, ...], tuple[list[int], list[int]]] = {}
    for setting, level in enumerate(values):
        if level in (first, second) and parameters.get(setting, 0) > 0:
            group = sides.setdefault(tuple(column[setting] for column in others), ([], []))
            group[level == second].append(setting)
    pairs: list[Pair] = []
    taken: set[int] = set()
    for mine, theirs in sides.values():
        ratio = {(a, b): abs(np.log(parameters[a] / parameters[b])) for a in mine for b in theirs}
        alike = [pair for pair in ratio if ratio[pair] <= np.log(ALIKE)]
        for a, b in sorted(alike, key=lambda pair: ratio[pair]):
            if a not in taken and b not in taken:
                pairs.append((a, b))
                taken |= {a, b}
    return pairs if set(pairs) != set(equal) else []


def find_contrasts(
    sweep: Sweep, pairs: Sequence[Pair], factor: Factor, other: Factor
) -> list[tuple[Level, Level, list[Pair], list[Pair]]]:
    """Pairs of settings at two values of another factor, the same in all else."""
    rest = [key for key in factor.at if key not in other.own]
    columns = {key: list(map(sort_key, sweep.settings[key])) for key in [other.key, *rest]}
    at: dict[Level, dict[tuple[Level, ...], Pair]] = {}
    for pair in pairs:
        level = columns[other.key][pair[0]]
        if level in other.few:
            at.setdefault(level, {})[tuple(columns[key][pair[0]] for key in rest)] = pair
    contrasts = []
    for low, high in combinations(sorted(at), 2):
        shared = [key for key in at[low] if key in at[high]]
        if shared:
            contrasts.append((low, high, [at[low][key] for key in shared], [at[high][key] for key in shared]))
    return contrasts
