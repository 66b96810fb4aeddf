"""Sequences that are there already: a fixed training set, or what is to be predicted."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.fused.compiling import compiled
from seqmem.engines.fused.memory import float32_at, int32_at, int64_at
from seqmem.engines.fused.records import PREDICT, STORED
from seqmem.engines.fused.samplers.draws import input_place, length_place, target_place
from seqmem.engines.fused.simd.kinds import Floats, Integers, Record
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.tasks.task import Sequences, Task


class Stored(NamedTuple):
    """Sequences as the program reads them: symbols int32, all else float32, lengths int32."""

    inputs: NDArray[Any]
    lengths: NDArray[np.int32]
    targets: NDArray[np.float32]

    @classmethod
    def of(cls, task: Task, sequences: Sequences) -> Stored:
        """Convert a task's sequences.

        Raises:
            ValueError: if an input is not a symbol of the task, or a length impossible.
        """
        inputs = np.ascontiguousarray(sequences.inputs, np.int32 if task.symbols else np.float32)
        lengths = np.ascontiguousarray(sequences.lengths, np.int32)
        if task.symbols and inputs.size and not 0 <= inputs.min() <= inputs.max() < task.input_size:
            raise ValueError(f"symbols must be from 0 to {task.input_size - 1}, got {inputs.min()} to {inputs.max()}")
        if lengths.size and not 1 <= lengths.min() <= lengths.max() <= inputs.shape[1]:
            raise ValueError(f"lengths must be from 1 to {inputs.shape[1]}, got {lengths.min()} to {lengths.max()}")
        return cls(inputs, lengths, np.ascontiguousarray(sequences.targets, np.float32))

    def enter(self, record: Any) -> None:
        """Write the arrays' addresses into a record of `records.TRIAL`."""
        record["sampler"], record["set_steps"] = STORED, self.inputs.shape[1]
        record["set_inputs"], record["set_lengths"] = self.inputs.ctypes.data, self.lengths.ctypes.data
        record["set_targets"] = self.targets.ctypes.data


@compiled
def read(trial: Record, lanes: Floats, symbols: Integers, first: int) -> None:
    """Read the batch from the set: sequences `first` .. of those that come next.

    Without indices every sequence is the set's only one.
    """
    batch_size, set_steps = trial.batch_size, trial.set_steps
    steps = min(set_steps, trial.max_length)
    answers = (set_steps if trial.targets_every_step else 1) * trial.target_width
    for sequence in range(batch_size):
        source = 0
        if trial.set_indices != 0:
            source = int64_at(trial.set_indices, first + batch_size)[first + sequence]
        lanes[length_place(trial, sequence)] = int32_at(trial.set_lengths, source + 1)[source]
        length = int(lanes[length_place(trial, sequence)])
        place, lane = input_place(trial, sequence, 0), sequence % BLOCK
        if trial.num_features == 0:
            inputs = int32_at(trial.set_inputs, (source + 1) * set_steps)[source * set_steps :]
            for step in range(steps):
                symbols[place + step * BLOCK] = inputs[step] if step < length else 0
        else:
            width = set_steps * trial.num_features
            features = float32_at(trial.set_inputs, (source + 1) * width)[source * width :]
            start = trial.batch_inputs + (place - lane) * trial.num_features + lane
            for number in range(steps * trial.num_features):
                lanes[start + number * BLOCK] = features[number] if number < length * trial.num_features else 0.0
        if trial.mode == PREDICT:
            continue
        targets = float32_at(trial.set_targets, (source + 1) * answers)[source * answers :]
        start = target_place(trial, sequence, 0)
        for number in range((length if trial.targets_every_step else 1) * trial.target_width):
            lanes[start + number * BLOCK] = targets[number]
