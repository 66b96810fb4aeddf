"""Which jobs can share a stack of the reference engine."""

from __future__ import annotations

from typing import Any

from seqmem.cells.cell import Cell
from seqmem.job.job import Job


def stack_key(job: Job) -> tuple[Any, ...]:
    """What jobs must have in common to share a stack; all else may differ from trial to trial."""
    network, task = job.network, job.task
    return (
        _cell_key(network.cell),
        (network.hidden_sizes, network.bidirectional, network.embedding_size, network.readout, network.initial_state),
        network.attention,
        (task.input_size, task.symbols, task.target),
        (job.loss, job.optimizer.name, job.optimizer.reset_every_epoch, job.batch_size),
    )


def _cell_key(cell: Cell) -> tuple[Any, ...]:
    attributes = tuple(sorted(vars(cell).items()))
    try:
        hash(attributes)
    except TypeError:  # a user's cell that holds a list or an array: only the same object is surely the same
        return type(cell), id(cell)
    return type(cell), attributes
