"""Sequences that are there already: a fixed set, or what is to be predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.fused.memory import float32_at, int32_at, int64_at
from seqmem.engines.fused.samplers.batch import input_offset, length_offset, target_offset
from seqmem.engines.fused.samplers.sampler import Sampler
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.engines.fused.structs import PREDICT
from seqmem.tasks.task import Sequences, Task


@dataclass(frozen=True)
class Stored:
    """Sequences as they are read: symbols int32, all else float32, lengths int32.

    steps: Of the arrays.
    indices: Which of the sequences come next; None if it is always the first.
    """

    inputs: NDArray[Any]
    lengths: NDArray[np.int32]
    targets: NDArray[np.float32]
    steps: int
    indices: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, task: Task, as_set: bool) -> Stored:
        """The one sequence of a task that draws nothing."""
        return cls.convert(task, task.sample(np.random.default_rng(0), 1))

    @classmethod
    def convert(cls, task: Task, sequences: Sequences, indices: NDArray[np.int64] | None = None) -> Stored:
        """Convert a task's sequences.

        Raises:
            ValueError: if an input is not a symbol of the task, or a length impossible.
        """
        inputs = np.ascontiguousarray(sequences.inputs, np.int32 if task.symbols else np.float32)
        lengths = np.ascontiguousarray(sequences.lengths, np.int32)
        if task.symbols and inputs.size and not 0 <= inputs.min() <= inputs.max() < task.input_size:
            inputs = np.where(np.arange(inputs.shape[1]) < lengths[:, None], inputs, 0)  # beyond may be anything
        if task.symbols and inputs.size and not 0 <= inputs.min() <= inputs.max() < task.input_size:
            raise ValueError(f"symbols must be from 0 to {task.input_size - 1}, got {inputs.min()} to {inputs.max()}")
        if lengths.size and not 1 <= lengths.min() <= lengths.max() <= inputs.shape[1]:
            raise ValueError(f"lengths must be from 1 to {inputs.shape[1]}, got {lengths.min()} to {lengths.max()}")
        targets = np.ascontiguousarray(sequences.targets, np.float32)
        if task.target.targets_every_step and task.target.answers.whole:
            asked = task.target.answers.find_asked(sequences.targets)
            if not asked.all():  # a class that is not asked for is below 0
                targets[~asked] = np.nan
        return cls(inputs, lengths, targets, inputs.shape[1], indices)


def sample(trial: Struct, stored: Struct, lanes: Floats, symbols: Integers) -> None:
    """Copy the trial's next batch into the workspace."""
    batch_size, set_steps = trial.batch_size, stored.steps
    first = trial.done * batch_size
    steps = min(set_steps, trial.max_length)
    answers = (set_steps if trial.targets_every_step else 1) * trial.target_width
    for sequence in range(batch_size):
        source = 0
        if stored.indices != 0:
            source = int64_at(stored.indices, first + batch_size)[first + sequence]
        lanes[length_offset(trial, sequence)] = int32_at(stored.lengths, source + 1)[source]
        length = int(lanes[length_offset(trial, sequence)])
        offset, lane = input_offset(trial, sequence, 0), sequence % BLOCK
        if trial.num_features == 0:
            inputs = int32_at(stored.inputs, (source + 1) * set_steps)[source * set_steps :]
            for step in range(steps):
                symbols[offset + step * BLOCK] = inputs[step] if step < length else 0
        else:
            width = set_steps * trial.num_features
            features = float32_at(stored.inputs, (source + 1) * width)[source * width :]
            start = trial.batch_inputs + (offset - lane) * trial.num_features + lane
            for number in range(steps * trial.num_features):
                lanes[start + number * BLOCK] = features[number] if number < length * trial.num_features else 0.0
        if trial.mode == PREDICT:
            continue
        targets = float32_at(stored.targets, (source + 1) * answers)[source * answers :]
        start = target_offset(trial, sequence, 0)
        for number in range((length if trial.targets_every_step else 1) * trial.target_width):
            lanes[start + number * BLOCK] = targets[number]


STORED = Sampler(sample, Stored)
