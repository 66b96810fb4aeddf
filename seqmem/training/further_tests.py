"""What trained networks are tested on at their end, beside their test set."""

from __future__ import annotations

from collections.abc import Sequence

from seqmem.engines.engine import Engine, Trial
from seqmem.job.data import draw_test_set
from seqmem.job.job import Job
from seqmem.job.streams import stream
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
        closed = [place for place, tests in own.items() if name in tests and tests[name].closed_loop]
        opened = [place for place, tests in own.items() if name in tests and not tests[name].closed_loop]
        wrong = {place: _count_in_closed_loop(engine, place, trials[place], name) for place in closed}
        wrong |= {
            place: evaluation.wrong for place, evaluation in zip(opened, engine.evaluate(opened, name), strict=True)
        }
        for place in wrong:
            results[place].append(FurtherResult(name, wrong[place], trials[place].job.test_sequences))
    return results


def leave_out_tests(job: Job) -> list[FurtherResult]:
    """The results of a trial that diverged, which is not tested."""
    return [FurtherResult(name, None, job.test_sequences) for name in job.task.further_tests()]


def _count_in_closed_loop(engine: Engine, place: int, trial: Trial, name: str) -> int:
    """How often a network that goes on from the first symbol by itself names another last symbol than asked for."""
    from seqmem.engines.reference import run_closed_loop

    job = trial.job.for_test(name)
    sequences, rng = draw_test_set(job, trial.seed), stream(trial.seed, "test state")
    targets = sequences.targets[:, -1] if job.task.target.every_step else sequences.targets
    named = run_closed_loop(job.network, engine.weights(place), sequences.inputs[:, 0], job.task.max_length, rng)
    return int((named != targets).sum())
