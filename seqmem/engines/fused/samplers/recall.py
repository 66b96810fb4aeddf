"""Recall, as `seqmem.tasks.recall` draws it."""

from __future__ import annotations

from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.samplers.draws import draw_integer, input_place, length_place, target_place
from seqmem.engines.fused.samplers.pcg64 import draw_symbols
from seqmem.engines.fused.simd.kinds import Floats, Integers, Record
from seqmem.tasks import Recall


def numbers(task: Recall, as_set: bool) -> tuple[int, ...]:
    """What `sample` reads in the record."""
    return (task.index, task.num_symbols, task.min_length, task.max_length, task.one_length == "batch" and not as_set)


@compiled
def sample(trial: Record, lanes: Floats, symbols: Integers) -> None:
    """Write a batch into the workspace."""
    numbers = trial.sampler_numbers
    index, num_symbols, min_length, max_length, one_length = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
    length = 0
    for sequence in range(trial.batch_size):
        if sequence == 0 or not one_length:
            length = draw_integer(trial, min_length, max_length + 1)
        lanes[length_place(trial, sequence)] = length
    draw_symbols(trial, symbols, 0, num_symbols, 0)
    for sequence in range(trial.batch_size):
        lanes[target_place(trial, sequence, 0)] = symbols[input_place(trial, sequence, index)]
