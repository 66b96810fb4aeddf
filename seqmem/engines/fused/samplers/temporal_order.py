"""The temporal order, as `seqmem.tasks.temporal_order` draws it."""

from __future__ import annotations

import numpy as np

from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.samplers.draws import draw_integer, input_place, length_place, target_place
from seqmem.engines.fused.samplers.pcg64 import draw_symbols
from seqmem.engines.fused.simd.kinds import Floats, Integers, Record
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.tasks import TemporalOrder
from seqmem.tasks.temporal_order import DISTRACTORS, END, PLACES, RELEVANT, START

FIRST_DISTRACTOR, LAST_DISTRACTOR, FIRST_RELEVANT = DISTRACTORS[0], DISTRACTORS[-1], RELEVANT[0]
# First and last place of each relevant symbol; with two symbols rows 0 and 1, with three 2 to 4.
RANGES = np.array(PLACES[2] + PLACES[3])


def numbers(task: TemporalOrder, as_set: bool) -> tuple[int, ...]:
    """What `sample` reads in the record."""
    return (task.num_symbols, task.padding == "left")


@compiled
def sample(trial: Record, lanes: Floats, symbols: Integers) -> None:
    """Write a batch into the workspace."""
    num_symbols, left = trial.sampler_numbers[0], trial.sampler_numbers[1]
    steps = trial.max_length
    for sequence in range(trial.batch_size):
        lanes[length_place(trial, sequence)] = draw_integer(trial, 100, 111)
        lanes[target_place(trial, sequence, 0)] = 0
    draw_symbols(trial, symbols, FIRST_DISTRACTOR, LAST_DISTRACTOR + 1, 0)
    for relevant in range(num_symbols):
        _place_relevant(trial, lanes, symbols, RANGES[relevant + (0 if num_symbols == 2 else 2)], left)
    for sequence in range(trial.batch_size):
        place, length = input_place(trial, sequence, 0), int(lanes[length_place(trial, sequence)])
        pad = steps - length if left else 0
        for step in range(pad + 1):
            symbols[place + step * BLOCK] = START
        symbols[place + (pad + length - 1) * BLOCK] = END
        if left:
            lanes[length_place(trial, sequence)] = steps


@compiled
def _place_relevant(trial: Record, lanes: Floats, symbols: Integers, places: Record, left: bool) -> None:
    """Draw where one relevant symbol stands in every sequence, then which it is."""
    for sequence in range(trial.batch_size):
        pad = trial.max_length - int(lanes[length_place(trial, sequence)]) if left else 0
        step = pad + draw_integer(trial, places[0], places[1] + 1) - 1
        symbols[trial.places + sequence] = input_place(trial, sequence, step)
    for sequence in range(trial.batch_size):
        symbol = draw_integer(trial, 0, 2)
        symbols[symbols[trial.places + sequence]] = FIRST_RELEVANT + symbol
        target = target_place(trial, sequence, 0)
        lanes[target] = 2 * lanes[target] + symbol
