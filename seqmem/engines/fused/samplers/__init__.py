"""The built-in tasks' sequences, drawn inside the compiled program.

Each draws the same doubles in the same order as its task's `sample` does, and leaves the
generator in the same state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.records import BINARY_ADDITION, LONG_LAG, RECALL, STORED, TEMPORAL_ORDER
from seqmem.engines.fused.samplers import binary_addition, long_lag, recall, stored, temporal_order
from seqmem.engines.fused.simd.kinds import Floats, Integers, Record
from seqmem.engines.fused.simd.products import clear
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.tasks import BinaryAddition, ConstantPair, Echo, LongLag, Recall, RowDigits, RowMNIST, TemporalOrder
from seqmem.tasks.task import Task

# How each task is sampled, and the numbers that its sampler reads, for a training batch or for a
# set; a task that draws nothing is one stored sequence, or has sets of its own.
SAMPLERS: dict[type[Task], tuple[int, Callable[[Any, bool], tuple[int, ...]]]] = {
    Echo: (STORED, lambda task, as_set: ()),
    ConstantPair: (STORED, lambda task, as_set: ()),
    RowDigits: (STORED, lambda task, as_set: ()),
    RowMNIST: (STORED, lambda task, as_set: ()),
    Recall: (RECALL, recall.numbers),
    TemporalOrder: (TEMPORAL_ORDER, temporal_order.numbers),
    LongLag: (LONG_LAG, long_lag.numbers),
    BinaryAddition: (BINARY_ADDITION, binary_addition.numbers),
}

_recall, _temporal_order, _long_lag = recall.sample, temporal_order.sample, long_lag.sample
_binary_addition, _read = binary_addition.sample, stored.read


@compiled
def sample(trial: Record, lanes: Floats, symbols: Integers, step: int) -> None:
    """Write the batch of a step into the workspace; lanes without a sequence get length 0."""
    _clear_tail(trial, lanes, symbols)
    if trial.sampler == STORED:
        _read(trial, lanes, symbols, step * trial.batch_size)
    elif trial.sampler == RECALL:
        _recall(trial, lanes, symbols)
    elif trial.sampler == TEMPORAL_ORDER:
        _temporal_order(trial, lanes, symbols)
    elif trial.sampler == LONG_LAG:
        _long_lag(trial, lanes, symbols)
    else:
        _binary_addition(trial, lanes, symbols)


@compiled
def _clear_tail(trial: Record, lanes: Floats, symbols: Integers) -> None:
    """Zero what the last block holds, if it has lanes to spare."""
    if trial.batch_size == trial.num_blocks * BLOCK:
        return
    last = trial.num_blocks - 1
    size = trial.max_length * BLOCK
    if trial.num_features == 0:
        for place in range(last * size, (last + 1) * size):
            symbols[place] = 0
    else:
        clear(lanes, trial.batch_inputs + last * size * trial.num_features, trial.max_length * trial.num_features)
    rows = (trial.max_length if trial.targets_every_step else 1) * trial.target_width
    clear(lanes, trial.batch_targets + last * rows * BLOCK, rows)
    clear(lanes, trial.batch_lengths + last * BLOCK, 1)
