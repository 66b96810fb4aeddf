"""Binary addition, as `seqmem.tasks.binary_addition` draws it."""

from __future__ import annotations

from dataclasses import dataclass

from seqmem.engines.fused.samplers.batch import input_offset, length_offset, target_offset
from seqmem.engines.fused.samplers.draws import draw_integer
from seqmem.engines.fused.samplers.sampler import sampler
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.tasks import BinaryAddition


@dataclass(frozen=True)
class Arguments:
    """What is read of the task."""

    min_bits: int
    max_bits: int

    @classmethod
    def of(cls, task: BinaryAddition, as_set: bool) -> Arguments:
        return cls(task.min_bits, task.max_bits)


@sampler(BinaryAddition, Arguments)
def sample(trial: Struct, arguments: Struct, lanes: Floats, symbols: Integers) -> None:
    """Write a batch into the workspace."""
    for sequence in range(trial.batch_size):
        lanes[length_offset(trial, sequence)] = draw_integer(trial, arguments.min_bits, arguments.max_bits + 1) + 1
    for sequence in range(trial.batch_size):
        num_bits = int(lanes[length_offset(trial, sequence)]) - 1
        carry = 0
        for step in range(trial.max_length):
            first, second = draw_integer(trial, 0, 2), draw_integer(trial, 0, 2)
            if step >= num_bits:
                first, second = 0, 0
            # Two features a step: two rows.
            lane = sequence % BLOCK
            offset = trial.batch_inputs + (input_offset(trial, sequence, step) - lane) * 2 + lane
            lanes[offset], lanes[offset + BLOCK] = first, second
            total = first + second + carry
            lanes[target_offset(trial, sequence, step)] = total % 2
            carry = total // 2
