"""The style of teaching notebooks: Python loops fill one-hot arrays, torch.nn does the rest."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from benchmarks.torch_nn import TorchNN, Training
from seqmem.tasks.task import Sequences


class NotebookTraining(Training):
    """One trial whose batches are written number by number, with torch's default Adam and a running accuracy."""

    fused = False
    accuracy = 0.0

    def make_inputs(self, sequences: Sequences) -> Tensor:
        length = int(sequences.lengths.max())
        batch = np.zeros((len(sequences), length, self.job.task.input_size), dtype=np.float32)
        for i in range(len(sequences)):
            for t in range(length):
                if self.job.task.symbols:
                    batch[i, t, sequences.inputs[i, t]] = 1
                else:
                    batch[i, t] = sequences.inputs[i, t]
        return torch.tensor(batch)

    def watch(self, answers: Tensor, targets: Tensor) -> None:
        right = (answers > 0) == (targets > 0.5) if targets.is_floating_point() else answers.argmax(-1) == targets
        self.accuracy += right.float().mean().item()


class Notebook(TorchNN):
    """One trial after another."""

    training = NotebookTraining
