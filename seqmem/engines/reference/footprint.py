"""How much memory the reference engine needs for a job, from its sizes alone.

With P weights, batches of B sequences of T steps, and layers that are H wide with G gates, and
have states of S numbers beyond H each, a trial takes

    4 P (8 + means of the optimizer)                       weights, gradient and their copies
    4 B T ((7 G + 2) H + 6 S), of all layers together      what autograd keeps of a training step
    4 B T x (features or symbols, and outputs, of a step)

and a test set what it takes to draw it, and

    4 B T ((2 G + 1) H + S), of the widest layer           of its sequences that pass through at a time

The attention `cosine` takes 12 bytes for each symbol that there may be, at each step of a sequence. Writing a trial's
state takes no more than training it. The factors were measured: see its test.
"""

from __future__ import annotations

import math

from seqmem.cells.cell import Cell
from seqmem.engines.footprint import STEP, TRIAL, Footprint, size_block, size_set
from seqmem.job.job import Job
from seqmem.job.network import Layer
from seqmem.job.optimizer import MEANS

BLOCK = 512  # sequences of a test set that pass through a network at a time


def measure(job: Job) -> Footprint:
    """What training a job's trials takes."""
    network = job.network
    weights = 4.0 * network.num_parameters
    steps = min(job.evaluate_every, job.max_sequences) / job.batch_size
    own = (
        TRIAL
        + weights * (8 + len(MEANS[job.optimizer.name]) + bool(job.optimizer.l1))
        + STEP * steps
        + 16.0 * job.schedule.batches
    )
    own += _size_batch(job, job.batch_size)
    own += size_block(job)
    if job.train_set is not None:
        own += 16.0 * job.train_set if job.task.training_set is not None else size_set(job, job.train_set)
    tests = [job, *(job.for_test(name) for name in job.tests)]
    return Footprint(
        trial=own,
        written=0.0,
        ended=TRIAL + 3 * weights,
        thread=0.0,
        once=max(size_set(test, test.test_size) + _size_block(test) for test in tests),
    )


def _size_batch(job: Job, sequences: int) -> float:
    task, network = job.task, job.network
    kept = 7 * len(network.cell.gates) + 2
    units = sum(kept * layer.hidden_size + 6 * _count_beyond(network.cell, layer) for layer in network.layers)
    inputs = 2 + 4 * (network.embedding_size or 0) + (0 if task.symbols else task.input_size) + _count_one_hot(job)
    outputs = 6.0 * task.target.size * (task.max_length if task.target.every_step else 1)
    return 4.0 * sequences * (float(task.max_length) * (units + inputs) + outputs)


def _size_block(job: Job) -> float:
    """Bytes of the sequences of a test set that pass through a network at a time, without a gradient."""
    task, network = job.task, job.network
    kept = 2 * len(network.cell.gates) + 1
    units = max(kept * layer.hidden_size + _count_beyond(network.cell, layer) for layer in network.layers)
    inputs = 2 + (network.embedding_size or 0) + (0 if task.symbols else task.input_size) + _count_one_hot(job)
    return 4.0 * min(BLOCK, job.test_size) * task.max_length * (units + inputs)


def _count_beyond(cell: Cell, layer: Layer) -> int:
    """Numbers of states beyond H each."""
    sizes = map(math.prod, cell.state_shapes(layer.hidden_size).values())
    return sum(max(size - layer.hidden_size, 0) for size in sizes)


def _count_one_hot(job: Job) -> int:
    """Numbers that the attention `cosine` makes of a symbol: one-hot as integers of 64 bits and as numbers of 32."""
    return 3 * job.task.input_size if job.network.attention == "cosine" else 0
