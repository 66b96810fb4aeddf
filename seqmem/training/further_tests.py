"""What trained networks are tested on at their end, beside their test set."""

from __future__ import annotations

from collections.abc import Sequence

from seqmem.engines.engine import Stack, Trial
from seqmem.job.job import Job
from seqmem.training.outcome import FurtherResult


def run_further_tests(stack: Stack, trials: Sequence[Trial], rows: Sequence[int]) -> dict[int, list[FurtherResult]]:
    """Count what trained networks get wrong in the further tests of their tasks.

    Args:
        stack: Holds the networks.
        trials: Those of the stack.
        rows: The trials to be tested, by their index in the stack.
    Returns:
        The results of each, in the order of its task's tests.
    """
    results: dict[int, list[FurtherResult]] = {row: [] for row in rows}
    own = {row: trials[row].job.task.further_tests() for row in rows}
    for name in dict.fromkeys(name for tests in own.values() for name in tests):
        tested = [row for row, tests in own.items() if name in tests]
        for row, evaluation in zip(tested, stack.evaluate(tested, name), strict=True):
            results[row].append(FurtherResult(name, evaluation.wrong, trials[row].job.test_size))
    return results


def leave_out_tests(job: Job) -> list[FurtherResult]:
    """The results of a trial that diverged, which is not tested."""
    return [FurtherResult(name, None, job.test_size) for name in job.task.further_tests()]
