"""Binary addition, as `seqmem.tasks.binary_addition` draws it."""

from __future__ import annotations

from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.samplers.draws import draw_integer, input_place, length_place, target_place
from seqmem.engines.fused.simd.kinds import Floats, Integers, Record
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.tasks import BinaryAddition


def numbers(task: BinaryAddition, as_set: bool) -> tuple[int, ...]:
    """What `sample` reads in the record."""
    return (task.min_bits, task.max_bits)


@compiled
def sample(trial: Record, lanes: Floats, symbols: Integers) -> None:
    """Write a batch into the workspace."""
    min_bits, max_bits = trial.sampler_numbers[0], trial.sampler_numbers[1]
    for sequence in range(trial.batch_size):
        lanes[length_place(trial, sequence)] = draw_integer(trial, min_bits, max_bits + 1) + 1
    for sequence in range(trial.batch_size):
        num_bits = int(lanes[length_place(trial, sequence)]) - 1
        carry = 0
        for step in range(trial.max_length):
            first, second = draw_integer(trial, 0, 2), draw_integer(trial, 0, 2)
            if step >= num_bits:
                first, second = 0, 0
            # Two features a step: two rows.
            lane = sequence % BLOCK
            place = trial.batch_inputs + (input_place(trial, sequence, step) - lane) * 2 + lane
            lanes[place], lanes[place + BLOCK] = first, second
            total = first + second + carry
            lanes[target_place(trial, sequence, step)] = total % 2
            carry = total // 2
