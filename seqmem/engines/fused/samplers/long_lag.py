"""The long time lag, as `seqmem.tasks.long_lag` draws it."""

from __future__ import annotations

from dataclasses import dataclass

from seqmem.engines.fused.samplers.batch import input_offset, length_offset, target_offset
from seqmem.engines.fused.samplers.draws import draw_integer
from seqmem.engines.fused.samplers.pcg64 import draw_symbols
from seqmem.engines.fused.samplers.sampler import sampler
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.tasks import LongLag

DISTRACTORS = ("sorted", "fixed", "random")
SORTED, FIXED, RANDOM = range(3)


@dataclass(frozen=True)
class Arguments:
    """What is read of the task."""

    p: int
    distractors: int
    halves: bool

    @classmethod
    def of(cls, task: LongLag, as_set: bool) -> Arguments:
        return cls(task.p, DISTRACTORS.index(task.distractors), as_set and task.halves)


@sampler(LongLag, Arguments)
def sample(trial: Struct, arguments: Struct, lanes: Floats, symbols: Integers) -> None:
    """Write a batch into the workspace."""
    p, distractors = arguments.p, arguments.distractors
    for sequence in range(trial.batch_size):
        first = p - 1 + sequence % 2 if arguments.halves else draw_integer(trial, p - 1, p + 1)
        symbols[input_offset(trial, sequence, 0)] = first
    if distractors == RANDOM:
        draw_symbols(trial, symbols, 0, p - 1, 1)
    for sequence in range(trial.batch_size):
        inputs = input_offset(trial, sequence, 0)
        lowest = 0
        for step in range(1, p):
            if distractors == SORTED:
                lowest += draw_integer(trial, 0, p - 1 - lowest)
                symbols[inputs + step * BLOCK] = lowest
            elif distractors == FIXED:
                symbols[inputs + step * BLOCK] = step - 1
        lanes[length_offset(trial, sequence)] = p
        target = target_offset(trial, sequence, 0)
        if trial.every_step:
            for step in range(1, p):
                lanes[target + (step - 1) * BLOCK] = symbols[inputs + step * BLOCK]
            target += (p - 1) * BLOCK
        lanes[target] = symbols[inputs]
