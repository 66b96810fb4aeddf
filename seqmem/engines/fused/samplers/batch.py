"""Where a batch stands in the workspace: offsets of a sequence's inputs, targets and length."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from seqmem.engines.fused.compiling import compiled, inlined
from seqmem.engines.fused.samplers.sampler import call_sampler
from seqmem.engines.fused.simd.products import clear
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.simd.types import Floats, Integers, Struct


@inlined
def input_offset(trial: Struct, sequence: int, step: int) -> int:
    """Where a sequence of the batch has its symbol (or feature, in a batch of one feature) at a step."""
    return (sequence // BLOCK * trial.max_length + step) * BLOCK + sequence % BLOCK


@inlined
def target_offset(trial: Struct, sequence: int, step: int) -> int:
    """Where a sequence of the batch has its first number to be answered at a step."""
    steps = trial.max_length if trial.targets_every_step else 1
    rows = (sequence // BLOCK * steps + step) * trial.target_width
    return trial.batch_targets + rows * BLOCK + sequence % BLOCK


@inlined
def length_offset(trial: Struct, sequence: int) -> int:
    """Where the length of a sequence of the batch is; 0 marks a lane without one."""
    return trial.batch_lengths + sequence


@compiled
def draw_batch(trial: Struct, lanes: Floats, symbols: Integers) -> None:
    """Write the batch of a step into the workspace; lanes without a sequence get length 0."""
    _clear_tail(trial, lanes, symbols)
    call_sampler(trial.sampler, trial, trial.arguments, lanes, symbols)


@compiled
def _clear_tail(trial: Struct, lanes: Floats, symbols: Integers) -> None:
    """Zero what the last block holds, if it has lanes to spare."""
    if trial.batch_size == trial.num_blocks * BLOCK:
        return
    last = trial.num_blocks - 1
    size = trial.max_length * BLOCK
    if trial.num_features == 0:
        for offset in range(last * size, (last + 1) * size):
            symbols[offset] = 0
    else:
        clear(lanes, trial.batch_inputs + last * size * trial.num_features, trial.max_length * trial.num_features)
    rows = (trial.max_length if trial.targets_every_step else 1) * trial.target_width
    clear(lanes, trial.batch_targets + last * rows * BLOCK, rows)
    clear(lanes, trial.batch_lengths + last * BLOCK, 1)
