"""Runs a sweep that reads and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seqmem.engines.engine import Engine, Trial
from seqmem.sweep.display import Display
from seqmem.sweep.room import find_room
from seqmem.sweep.stacks import list_parts, make_stacks
from seqmem.sweep.sweep import Sweep
from seqmem.training.outcome import Outcome
from seqmem.training.trainer import Training


def run_in_memory(sweep: Sweep, display: Display) -> list[list[Outcome]]:
    """Train all trials of all settings.

    Args:
        sweep: Without a folder; its settings have folders in name only, each one of its own.
        display: What shows how far it has come.
    Returns:
        For each setting what became of its trials, in their order.
    """
    settings = dict(enumerate(sweep.settings))
    outcomes: list[list[Outcome]] = [[] for _ in settings]
    jobs = {index: setting.job for index, setting in settings.items()}
    engines = {index: setting.choice.engine for index, setting in settings.items()}
    display.start(sweep)
    try:
        for indices in make_stacks(jobs, engines, settings):
            engine = engines[indices[0]]
            waiting = [(index, Trial(jobs[index], seed)) for index in indices for seed in jobs[index].seeds]
            while waiting:
                count = engine.count_fitting(list_parts(trial.job for _, trial in waiting), find_room(engine))
                stack, waiting = waiting[:count], waiting[count:]
                for index, outcome in _train(sweep, display, engine, stack):
                    outcomes[index].append(outcome)
                    display.trial_done(settings[index], outcome.result)
                    if len(outcomes[index]) == jobs[index].trials:
                        display.job_done(settings[index], [ended.result for ended in outcomes[index]])
    finally:
        display.stop()
    return [sorted(own, key=lambda outcome: outcome.result.trial) for own in outcomes]


def _train(
    sweep: Sweep, display: Display, engine: Engine, stack: Sequence[tuple[int, Trial]]
) -> Iterator[tuple[int, Outcome]]:
    """Train trials side by side; yields for each its setting's index and what became of it."""
    trials = [trial for _, trial in stack]
    display.build()
    training = Training(engine.build(trials), trials)
    display.train()
    while training.active:
        sequences, finished = training.advance()
        display.advance(sequences)
        for row in training.take_solved():
            display.trial_solved(sweep.settings[stack[row][0]], trials[row].seed)
        for row in finished:
            yield stack[row][0], training.finish(row)
