"""Copying, as `seqmem.tasks.copying` draws it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqmem.engines.fused.samplers.batch import input_offset, length_offset, target_offset
from seqmem.engines.fused.samplers.draws import draw_integer
from seqmem.engines.fused.samplers.sampler import sampler
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.tasks import Copying
from seqmem.tasks.copying import BLANK, FIRST


@dataclass(frozen=True)
class Arguments:
    """What is read of the task."""

    num_symbols: int
    num_copied: int
    asks_for_blanks: bool

    @classmethod
    def of(cls, task: Copying, as_set: bool) -> Arguments:
        return cls(task.num_symbols, task.num_copied, task.error_at == "every")


@sampler(Copying, Arguments)
def sample(trial: Struct, arguments: Struct, lanes: Floats, symbols: Integers) -> None:
    """Write a batch into the workspace."""
    steps, num_copied = trial.max_length, arguments.num_copied
    elsewhere = np.float32(BLANK) if arguments.asks_for_blanks else np.float32(np.nan)
    for sequence in range(trial.batch_size):
        inputs, targets = input_offset(trial, sequence, 0), target_offset(trial, sequence, 0)
        for step in range(steps):
            symbols[inputs + step * BLOCK] = BLANK
            lanes[targets + step * BLOCK] = elsewhere
        for index in range(num_copied):
            symbol = draw_integer(trial, FIRST, FIRST + arguments.num_symbols)
            symbols[inputs + index * BLOCK] = symbol
            lanes[targets + (steps - num_copied + index) * BLOCK] = symbol
        symbols[inputs + (steps - num_copied - 1) * BLOCK] = FIRST + arguments.num_symbols
        lanes[length_offset(trial, sequence)] = steps
