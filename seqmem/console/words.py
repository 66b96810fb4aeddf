"""How jobs and their results are called on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from seqmem.sweep import Setting
from seqmem.sweep.existing import ExistingStatus
from seqmem.training.outcome import TrialResult

EXISTING: tuple[tuple[ExistingStatus, str], ...] = (
    ("done", "already done"),
    ("interrupted", "to continue"),
    ("anew", "to retrain"),
    ("failed", "failed before (left alone unless retry=failed)"),
    ("damaged", "damaged (left alone unless retry=failed)"),
)


def find_repeated_trials(settings: Sequence[Setting]) -> list[str]:
    """A line for each two settings that train the same trials, such as seeds 0 and 1 with ten trials each."""
    by_fingerprint: dict[str, list[Setting]] = {}
    for setting in settings:
        by_fingerprint.setdefault(setting.fingerprint, []).append(setting)
    warnings = []
    for group in by_fingerprint.values():
        group.sort(key=lambda setting: setting.job.seed)
        for first, second in pairwise(group):
            common = len(set(first.job.seeds) & set(second.job.seeds))
            if common:
                warnings.append(
                    f"{name_setting(first)} and {name_setting(second)} share {count_of(common, 'trial')}, "
                    "which the analysis counts once"
                )
    return sorted(set(warnings))


def describe_results(results: Sequence[TrialResult]) -> str:
    """What became of a job's trials, in words."""
    trials = count_of(len(results), "trial")
    diverged = sum(result.status == "diverged" for result in results)
    wrong = [result.wrong for result in results if result.wrong is not None]
    if not wrong:
        return f"all {trials} diverged" if len(results) > 1 else "the trial diverged"
    return (
        f"wrong {np.mean(wrong):.1f} of {results[0].test_sequences} (mean of {trials}), "
        f"solved {sum(result.solved for result in results)}" + (f", diverged {diverged}" if diverged else "")
    )


def name_setting(setting: Setting) -> str:
    """The keys that a setting varies, as its folder has them."""
    return setting.folder.name.rpartition("-")[0] or setting.folder.name


def count_of(number: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
