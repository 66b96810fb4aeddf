"""What trained networks are tested on at their end, beside their test set."""

from __future__ import annotations

from collections.abc import Sequence

from seqmem.engines.engine import Engine, Trial
from seqmem.job.job import Job
from seqmem.training.outcome import FurtherResult


def run_further_tests(engine: Engine, trials: Sequence[Trial], places: Sequence[int]) -> dict[int, list[FurtherResult]]:
    """Count what trained networks get wrong in the further tests of their tasks.

    Args:
        engine: Holds the networks.
        trials: Its stack.
        places: The trials to be tested, by their place in the stack.
    Returns:
        The results of each, in the order of its task's tests.
    """
    results: dict[int, list[FurtherResult]] = {place: [] for place in places}
    own = {place: trials[place].job.task.further_tests() for place in places}
    for name in dict.fromkeys(name for tests in own.values() for name in tests):
        tested = [place for place, tests in own.items() if name in tests]
        for place, evaluation in zip(tested, engine.evaluate(tested, name), strict=True):
            results[place].append(FurtherResult(name, evaluation.wrong, trials[place].job.test_sequences))
    return results


def leave_out_tests(job: Job) -> list[FurtherResult]:
    """The results of a trial that diverged, which is not tested."""
    return [FurtherResult(name, None, job.test_sequences) for name in job.task.further_tests()]
