"""The temporal order, as `seqmem.tasks.temporal_order` draws it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.samplers.batch import input_offset, length_offset, target_offset
from seqmem.engines.fused.samplers.draws import draw_integer
from seqmem.engines.fused.samplers.pcg64 import draw_symbols
from seqmem.engines.fused.samplers.sampler import sampler
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.tasks import TemporalOrder
from seqmem.tasks.temporal_order import DISTRACTORS, END, PADDINGS, PLACES, RELEVANT, START

FIRST_DISTRACTOR, LAST_DISTRACTOR, FIRST_RELEVANT = DISTRACTORS[0], DISTRACTORS[-1], RELEVANT[0]
LEFT, RIGHT, NONE = range(len(PADDINGS))
# First and last place of each relevant symbol, and the first row of each choice of places.
RANGES = np.concatenate([np.array(places) for places in PLACES.values()])
FIRST_ROWS = dict(zip(PLACES, np.cumsum([0, *map(len, PLACES.values())]).tolist(), strict=False))


@dataclass(frozen=True)
class Arguments:
    """What is read of the task, and the first row of its places in `RANGES`."""

    num_symbols: int
    padding: int
    first_row: int
    names_steps: bool

    @classmethod
    def of(cls, task: TemporalOrder, as_set: bool) -> Arguments:
        first_row = FIRST_ROWS[task.places, task.num_symbols]
        return cls(task.num_symbols, PADDINGS.index(task.padding), first_row, task.answer == "steps")


@sampler(TemporalOrder, Arguments)
def sample(trial: Struct, arguments: Struct, lanes: Floats, symbols: Integers) -> None:
    """Write a batch into the workspace."""
    padding, steps = arguments.padding, trial.max_length
    for sequence in range(trial.batch_size):
        lanes[length_offset(trial, sequence)] = draw_integer(trial, 100, 111)
        lanes[target_offset(trial, sequence, 0)] = 0
    draw_symbols(trial, symbols, FIRST_DISTRACTOR, LAST_DISTRACTOR + 1, 0)
    for relevant in range(arguments.num_symbols):
        _place_relevant(trial, lanes, symbols, RANGES[arguments.first_row + relevant], padding == LEFT)
    for sequence in range(trial.batch_size):
        inputs, length = input_offset(trial, sequence, 0), int(lanes[length_offset(trial, sequence)])
        pad = steps - length if padding == LEFT else 0
        for step in range(pad + 1):
            symbols[inputs + step * BLOCK] = START
        symbols[inputs + (pad + length - 1) * BLOCK] = END
        if padding == RIGHT:
            for step in range(length, steps):
                symbols[inputs + step * BLOCK] = START
        if padding != NONE:
            lanes[length_offset(trial, sequence)] = steps
        if arguments.names_steps:
            _name_steps(trial, lanes, sequence)


@compiled
def _name_steps(trial: Struct, lanes: Floats, sequence: int) -> None:
    """Turn a class into the step that each number is to name."""
    target = target_offset(trial, sequence, 0)
    answer = lanes[target]
    for number in range(trial.target_width):
        lanes[target + number * BLOCK] = 1.0 if number == answer else 0.0


@compiled
def _place_relevant(trial: Struct, lanes: Floats, symbols: Integers, places: Struct, left: bool) -> None:
    """Draw where one relevant symbol stands in every sequence, then which it is."""
    for sequence in range(trial.batch_size):
        length = int(lanes[length_offset(trial, sequence)])
        pad = trial.max_length - length if left else 0
        step = pad + draw_integer(trial, places[0], places[1] + 1) - 1 + (length if places[0] < 0 else 0)
        symbols[trial.spare + sequence] = input_offset(trial, sequence, step)
    for sequence in range(trial.batch_size):
        symbol = draw_integer(trial, 0, 2)
        symbols[symbols[trial.spare + sequence]] = FIRST_RELEVANT + symbol
        target = target_offset(trial, sequence, 0)
        lanes[target] = 2 * lanes[target] + symbol
