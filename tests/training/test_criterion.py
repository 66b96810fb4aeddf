import numpy as np
import pytest

from seqmem.engines.report import Steps
from seqmem.tasks.task import Criterion
from seqmem.training.criterion import CriterionWatch

BATCH = 10
RULES = {
    "none wrong": Criterion(sequences=40),
    "within a tolerance": Criterion(sequences=40, tolerance=0.25),
    "and a small mean error": Criterion(sequences=40, tolerance=0.25, mean_error=0.1),
}


def make_report(wrong, largest=None, mean=None) -> Steps:
    """A report on as many steps as `wrong` has; errors are 0 unless given."""
    count = len(wrong)
    zeros = np.zeros(count, np.float32)
    return Steps(
        zeros,
        np.array(wrong, np.int64),
        zeros if largest is None else np.array(largest, np.float32),
        zeros if mean is None else np.array(mean, np.float32),
    )


def draw_report(rng: np.random.Generator, count: int = 60) -> Steps:
    """Steps that are right four times of five, with mean errors that fall below .1 now and then."""
    wrong = (rng.random(count) < 0.2).astype(int)
    return make_report(wrong, np.where(wrong, 0.3, 0.1), rng.uniform(0.02, 0.18, count))


def find_plainly(rule: Criterion, report: Steps) -> int | None:
    """The first number of steps after which the last 4 batches keep the rule."""
    for end in range(4, len(report) + 1):
        last = slice(end - 4, end)
        if rule.tolerance is None:
            right = (report.wrong[last] == 0).all()
        else:
            right = (report.largest_error[last] < rule.tolerance).all()
        if right and (rule.mean_error is None or report.mean_error[last].mean() < rule.mean_error):
            return end
    return None


def watch(rule: Criterion | None, report: Steps, chunks: list[int] | None = None) -> CriterionWatch:
    found, start = CriterionWatch(rule, BATCH), 0
    for size in chunks or [len(report)]:
        part = slice(start, start + size)
        found.record(
            Steps(report.loss[part], report.wrong[part], report.largest_error[part], report.mean_error[part]), start
        )
        start += size
    return found


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("seed", range(12))
def test_a_criterion_is_met_at_the_first_step_that_keeps_its_rule(name, seed):
    report = draw_report(np.random.default_rng(seed))
    assert watch(RULES[name], report).met_at == find_plainly(RULES[name], report)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("size", [1, 3, 7])
def test_a_criterion_is_met_at_the_same_step_however_reports_are_cut(name, size, rng):
    report = draw_report(rng)
    chunks = [size] * (60 // size) + ([60 % size] if 60 % size else [])
    assert watch(RULES[name], report, chunks).met_at == find_plainly(RULES[name], report) is not None


def test_sequences_are_counted_in_whole_batches():
    assert watch(Criterion(sequences=31), make_report([0] * 10)).met_at == 4


def test_an_error_as_large_as_the_tolerance_is_not_within_it():
    assert watch(RULES["within a tolerance"], make_report([0] * 9, [0.25] * 9)).met_at is None


def test_an_error_that_is_no_number_is_not_within_the_tolerance():
    assert watch(RULES["within a tolerance"], make_report([0] * 9, [np.nan] * 9)).met_at is None


def test_a_wrong_class_within_the_tolerance_counts_as_right():
    assert watch(RULES["within a tolerance"], make_report([1] * 9, [0.2] * 9)).met_at == 4


def test_a_criterion_that_was_met_stays_met():
    assert watch(RULES["none wrong"], make_report([0] * 4 + [1] * 9), [4, 9]).met_at == 4


def test_a_task_without_a_criterion_never_meets_it():
    assert watch(None, make_report([0] * 9)).met_at is None


def test_no_criterion_is_met_before_its_earliest_step(rng):
    report = draw_report(rng)
    found = CriterionWatch(RULES["none wrong"], BATCH)
    for step in range(60):
        if found.met_at is not None:
            break
        earliest = step + found.earliest
        assert find_plainly(RULES["none wrong"], make_report(report.wrong[: earliest - 1])) is None
        found.record(make_report(report.wrong[step : step + 1]), step)


def test_the_earliest_step_is_what_a_streak_still_lacks():
    assert watch(RULES["none wrong"], make_report([1, 0, 0, 0])).earliest == 1
    assert watch(RULES["none wrong"], make_report([0, 0, 0, 1])).earliest == 4
