"""Adding, as `seqmem.tasks.adding` draws it."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from dataclasses import dataclass

from seqmem.engines.fused.compiling import inlined
from seqmem.engines.fused.samplers.batch import input_offset, length_offset, target_offset
from seqmem.engines.fused.samplers.draws import draw_integer
from seqmem.engines.fused.samplers.pcg64 import draw_uniform
from seqmem.engines.fused.samplers.sampler import sampler
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.tasks import Adding


@dataclass(frozen=True)
class Arguments:
    """What is read of the task."""

    in_halves: bool

    @classmethod
    def of(cls, task: Adding, as_set: bool) -> Arguments:
        return cls(task.places == "halves")


@sampler(Adding, Arguments)
def sample(trial: Struct, arguments: Struct, lanes: Floats, symbols: Integers) -> None:
    """Write a batch into the workspace."""
    steps = trial.max_length
    half = steps // 2
    for sequence in range(trial.batch_size):
        lanes[length_offset(trial, sequence)] = steps
        offset = _number_offset(trial, sequence, 0)
        draw_uniform(trial, lanes, offset, 2 * BLOCK, steps)
        for step in range(steps):
            lanes[offset + (2 * step + 1) * BLOCK] = 0.0
    for sequence in range(trial.batch_size):
        symbols[trial.spare + sequence] = draw_integer(trial, 0, half if arguments.in_halves else steps)
    for sequence in range(trial.batch_size):
        first = symbols[trial.spare + sequence]
        if arguments.in_halves:
            second = draw_integer(trial, half, steps)
        else:
            second = draw_integer(trial, 0, steps - 1)
            second += second >= first
        one, other = _number_offset(trial, sequence, first), _number_offset(trial, sequence, second)
        lanes[one + BLOCK], lanes[other + BLOCK] = 1.0, 1.0
        lanes[target_offset(trial, sequence, 0)] = lanes[one] + lanes[other]


@inlined
def _number_offset(trial: Struct, sequence: int, step: int) -> int:
    """Where a step's number is; its mark is in the row behind it."""
    lane = sequence % BLOCK
    return trial.batch_inputs + (input_offset(trial, sequence, step) - lane) * 2 + lane
