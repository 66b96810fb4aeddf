"""The long time lag, as `seqmem.tasks.long_lag` draws it."""

from __future__ import annotations

from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.samplers.draws import draw_integer, input_place, length_place, target_place
from seqmem.engines.fused.samplers.pcg64 import draw_symbols
from seqmem.engines.fused.simd.kinds import Floats, Integers, Record
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.tasks import LongLag

KINDS = ("sorted", "fixed", "random")
SORTED, FIXED, RANDOM = range(3)


def numbers(task: LongLag, as_set: bool) -> tuple[int, ...]:
    """What `sample` reads in the record."""
    return (task.p, KINDS.index(task.distractors), as_set and task.halves)


@compiled
def sample(trial: Record, lanes: Floats, symbols: Integers) -> None:
    """Write a batch into the workspace."""
    p, kind, halves = trial.sampler_numbers[0], trial.sampler_numbers[1], trial.sampler_numbers[2]
    for sequence in range(trial.batch_size):
        first = p - 1 + sequence % 2 if halves else draw_integer(trial, p - 1, p + 1)
        symbols[input_place(trial, sequence, 0)] = first
    if kind == RANDOM:
        draw_symbols(trial, symbols, 0, p - 1, 1)
    for sequence in range(trial.batch_size):
        place = input_place(trial, sequence, 0)
        lowest = 0
        for step in range(1, p):
            if kind == SORTED:
                lowest += draw_integer(trial, 0, p - 1 - lowest)
                symbols[place + step * BLOCK] = lowest
            elif kind == FIXED:
                symbols[place + step * BLOCK] = step - 1
        lanes[length_place(trial, sequence)] = p
        target = target_place(trial, sequence, 0)
        if trial.every_step:
            for step in range(1, p):
                lanes[target + (step - 1) * BLOCK] = symbols[place + step * BLOCK]
            target += (p - 1) * BLOCK
        lanes[target] = symbols[place]
