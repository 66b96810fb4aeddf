"""What the trials of a setting came to, and how two settings are compared by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from multirun_analysis.conclusions.factors import Pair
from multirun_analysis.frames.solving import criterion_times
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import FINISHED, count_wrong
from multirun_analysis.statistics.intervals import share_difference
from multirun_analysis.statistics.stratified import (
    Integers,
    Stratum,
    score_times,
    score_values,
    shift_interval,
)
from multirun_analysis.statistics.survival import median_time

Floats = NDArray[np.float64]
Outcome = Literal["solved", "wrong", "sooner"]
OUTCOMES: tuple[Outcome, ...] = ("solved", "wrong", "sooner")
AT_ONCE = 100  # pairs of settings whose trials are held against each other together
SURE = 3.0  # standard errors by which an error rate must be below chance to be more than a guess
MARGIN = 0.01  # and by how much, as chance itself is measured


@dataclass(frozen=True)
class Results:
    """The finished trials of one setting.

    solved: Whether each solved its task.
    error: Its share of wrong predictions; 1 if it diverged, NaN where it was not tested.
    time: Training sequences until it met its criterion, or was last seen without.
    met: Which of the two.
    tested: Sequences of a test set.
    chance: The share of wrong predictions of a guess; None where it is not known.
    """

    solved: NDArray[np.bool_]
    error: Floats
    time: Floats
    met: NDArray[np.bool_]
    tested: int
    chance: float | None

    @property
    def learned(self) -> bool:
        """Whether its trials are better than a guess, as far as can be told."""
        return bool(self.solved.any()) or better_than_chance(self.error, self.tested, self.chance)


def better_than_chance(error: Floats, tested: int, chance: float | None) -> bool:
    """Whether some trials together are wrong less often than a guess, by more than guesses differ."""
    known = error[~np.isnan(error)]
    if chance is None or not len(known):
        return True
    spread = np.sqrt(chance * (1 - chance) / max(1, tested * len(known)))
    return bool(known.mean() < chance - MARGIN - SURE * spread)


def collect_results(sweep: Sweep) -> dict[int, Results]:
    """The results of each setting that has any."""
    ended = sweep.trials[sweep.trials["status"].isin(FINISHED)]
    share = np.asarray(count_wrong(ended) / ended["test_sequences"].astype("float64"), np.float64)
    solved = ended["solved"].fillna(False).to_numpy(bool)
    tested = ended["test_sequences"].fillna(0).to_numpy("int64")
    results, start = {}, 0
    for setting, time, met in criterion_times(ended):
        own = slice(start, start + len(time))
        start += len(time)
        results[setting] = Results(solved[own], share[own], time, met, int(tested[own].max()), sweep.chance[setting])
    return results


def build_strata(outcome: Outcome, pairs: Sequence[Pair], results: dict[int, Results]) -> list[Stratum]:
    """The scores of the trials of each pair of settings; none of pairs that an outcome cannot compare.

    Two settings that together are no better than a guess have learned nothing, and who is wrong
    less often is not asked.
    """
    alike: dict[tuple[int, int], list[Pair]] = {}
    for a, b in pairs:
        if a in results and b in results and (outcome != "wrong" or _differ_in_errors(results[a], results[b])):
            sizes = (len(_values(outcome, results[a])), len(_values(outcome, results[b])))
            if all(sizes):
                alike.setdefault(sizes, []).append((a, b))
    return [
        Stratum(row, first)
        for (first, _), own in alike.items()
        for start in range(0, len(own), AT_ONCE)
        for row in _score(outcome, own[start : start + AT_ONCE], results)
    ]


def _values(outcome: Outcome, results: Results) -> Floats:
    if outcome == "solved":
        return results.solved.astype("float64")
    return results.time if outcome == "sooner" else -results.error[~np.isnan(results.error)]


def _differ_in_errors(a: Results, b: Results) -> bool:
    """Whether two settings together are better than a guess, so that their errors tell something."""
    if a.solved.any() or b.solved.any():
        return True
    chance = None if a.chance is None or b.chance is None else max(a.chance, b.chance)
    return better_than_chance(np.concatenate([a.error, b.error]), a.tested, chance)


def _score(outcome: Outcome, pairs: Sequence[Pair], results: dict[int, Results]) -> Integers:
    values = np.stack([np.concatenate([_values(outcome, results[own]) for own in pair]) for pair in pairs])
    if outcome != "sooner":
        return score_values(values)
    return score_times(values, np.stack([np.concatenate([results[own].met for own in pair]) for pair in pairs]))


def measure(outcome: Outcome, pairs: Sequence[Pair], results: dict[int, Results]) -> dict[str, float]:
    """How far apart the two sides of some pairs of settings are, in the outcome's own unit.

    Returns:
        `first`, `second`: trials that solved the task; the mean error rate; or the median of the
        sequences to criterion, NaN where it is not reached. `difference` with its 95 % interval
        (`low`, `high`): by how much the share of solved trials is higher, or the error rate lower,
        at the first; for sequences what share of the second's the first needs.
    """
    known = [pair for pair in pairs if all(own in results and len(results[own].solved) for own in pair)]
    sides = [[results[pair[side]] for pair in known] for side in (0, 1)]
    if outcome == "solved":
        counts = [(sum(int(own.solved.sum()) for own in side), sum(len(own.solved) for own in side)) for side in sides]
        difference, low, high = share_difference(*counts[0], *counts[1])
        return _shift(counts[0][0], counts[1][0], difference, low, high)
    if outcome == "wrong":
        errors = [(-_values("wrong", a), -_values("wrong", b)) for a, b in zip(*sides, strict=True)]
        errors = [(a, b) for a, b in errors if len(a) and len(b)]
        first, second = (float(np.mean([own[side].mean() for own in errors])) for side in (0, 1))
        shift = shift_interval([b - a[:, None] for a, b in errors], [(len(a), len(b)) for a, b in errors])
        return _shift(first, second, *shift)
    ratios = [_compare_times(a, b) for a, b in zip(*sides, strict=True)]
    shift = shift_interval(ratios, [ratio.shape for ratio in ratios])
    middle, low, high = (float(np.exp(-value)) for value in (shift[0], shift[2], shift[1]))
    return _shift(_median(sides[0]), _median(sides[1]), middle, low, high)


def _shift(first: float, second: float, difference: float, low: float, high: float) -> dict[str, float]:
    return {"first": first, "second": second, "difference": difference, "low": low, "high": high}


def _compare_times(a: Results, b: Results) -> Floats:
    """Logarithm of how many times as long the second took; 0 where it is not known who was sooner."""
    ratio = np.log(np.maximum(b.time, 1)) - np.log(np.maximum(a.time, 1))[:, None]
    only_a, only_b = a.met[:, None] & ~b.met, ~a.met[:, None] & b.met
    known = np.where(only_a & (ratio >= 0), np.inf, np.where(only_b & (ratio <= 0), -np.inf, 0.0))
    return np.where(a.met[:, None] & b.met, ratio, known)


def _median(side: Sequence[Results]) -> float:
    return median_time(np.concatenate([own.time for own in side]), np.concatenate([own.met for own in side]))
