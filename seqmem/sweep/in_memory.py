"""Runs a sweep that reads and writes nothing."""

from __future__ import annotations

from seqmem.engines.engine import Trial
from seqmem.sweep.display import Display
from seqmem.sweep.room import find_room
from seqmem.sweep.stacks import list_parts, make_stacks
from seqmem.sweep.sweep import Sweep
from seqmem.training.outcome import Outcome
from seqmem.training.trainer import train


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
                trials = [trial for _, trial in stack]
                for row, outcome in train(engine.build(trials), trials, display.advance):
                    index = stack[row][0]
                    outcomes[index].append(outcome)
                    display.trial_done(settings[index], outcome.result)
                    if len(outcomes[index]) == jobs[index].trials:
                        display.job_done(settings[index], [ended.result for ended in outcomes[index]])
    finally:
        display.stop()
    return [sorted(own, key=lambda outcome: outcome.result.trial) for own in outcomes]
