"""The long time lag, as `seqmem.tasks.long_lag` draws it."""

from __future__ import annotations

import numpy as np

from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.samplers.draws import draw_double, draw_integer, input_place, length_place, target_place
from seqmem.engines.fused.target import BLOCK
from seqmem.tasks import LongLag

KINDS = ("sorted", "fixed", "random")
SORTED, FIXED, RANDOM = range(3)


def numbers(task: LongLag) -> tuple[int, ...]:
    return (task.p, KINDS.index(task.distractors))


@compiled
def sample(trial, lanes, symbols):
    p, kind = trial.sampler_numbers[0], trial.sampler_numbers[1]
    for sequence in range(trial.batch_size):
        symbols[input_place(trial, sequence, 0)] = draw_integer(trial, p - 1, p + 1)
    for sequence in range(trial.batch_size):
        place = input_place(trial, sequence, 0)
        lowest = 0
        for step in range(1, p):
            if kind == SORTED:
                lowest = np.int64(lowest + draw_double(trial.draw, trial.draw_state) * (p - 1 - lowest))
                symbols[place + step * BLOCK] = lowest
            elif kind == RANDOM:
                symbols[place + step * BLOCK] = draw_integer(trial, 0, p - 1)
            else:
                symbols[place + step * BLOCK] = step - 1
        lanes[length_place(trial, sequence)] = p
        target = target_place(trial, sequence, 0)
        if trial.every_step:
            for step in range(1, p):
                lanes[target + (step - 1) * BLOCK] = symbols[place + step * BLOCK]
            target += (p - 1) * BLOCK
        lanes[target] = symbols[place]
