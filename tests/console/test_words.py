from pathlib import Path

from seqmem.console.words import find_repeated_trials
from tests.config.composing import make_settings

BUDGET = ["max_sequences=1000", "batch_size=100", "evaluate_every=100"]


def repeated(*jobs: list[str]) -> list[str]:
    return find_repeated_trials(make_settings(Path("sweep"), *([*BUDGET, *job] for job in jobs)))


def test_seeds_that_overlap_are_warned_of():
    (warning,) = repeated(["seed=0"], ["seed=4"])
    assert warning.endswith("seed=0 and seed=4 share 6 trials, which the analysis counts once")


def test_seeds_that_do_not_overlap_are_no_cause_for_a_warning():
    assert repeated(["seed=0"], ["seed=10"]) == []


def test_the_same_seeds_of_different_settings_are_no_cause_for_a_warning():
    assert repeated(["hidden=2"], ["hidden=3"]) == []
