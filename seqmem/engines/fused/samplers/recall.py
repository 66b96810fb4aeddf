"""Recall, as `seqmem.tasks.recall` draws it."""

from __future__ import annotations

from dataclasses import dataclass

from seqmem.engines.fused.samplers.batch import input_offset, length_offset, target_offset
from seqmem.engines.fused.samplers.draws import draw_integer
from seqmem.engines.fused.samplers.pcg64 import draw_symbols
from seqmem.engines.fused.samplers.sampler import sampler
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.tasks import Recall


@dataclass(frozen=True)
class Arguments:
    """What is read of the task."""

    index: int
    num_symbols: int
    min_length: int
    max_length: int
    one_length: bool

    @classmethod
    def of(cls, task: Recall, as_set: bool) -> Arguments:
        one_length = task.one_length == "batch" and not as_set
        return cls(task.index, task.num_symbols, task.min_length, task.max_length, one_length)


@sampler(Recall, Arguments)
def sample(trial: Struct, arguments: Struct, lanes: Floats, symbols: Integers) -> None:
    """Write a batch into the workspace."""
    length = 0
    for sequence in range(trial.batch_size):
        if sequence == 0 or not arguments.one_length:
            length = draw_integer(trial, arguments.min_length, arguments.max_length + 1)
        lanes[length_offset(trial, sequence)] = length
    draw_symbols(trial, symbols, 0, arguments.num_symbols, 0)
    for sequence in range(trial.batch_size):
        lanes[target_offset(trial, sequence, 0)] = symbols[input_offset(trial, sequence, arguments.index)]
