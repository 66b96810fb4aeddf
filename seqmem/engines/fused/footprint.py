"""How much memory the compiled engine needs for a job, from its sizes alone.

With P weights, N test sequences, T steps, and a block of b sequences (one a lane, two vectors):

    a trial     4 P (2 + means of the optimizer), its fixed training set (16 bytes a sequence where the task has one
                that all share), 8 bytes a batch of its schedule, 40 bytes for each step of a report
    written     4 P (1 + means), three times: a copy of a trial's state, its bytes, and those of the file
    a thread    a workspace for its largest batch, or for the largest test set:
                  one block:    4 b T x (numbers that a layer keeps of a step, all layers together)
                  every block:  4 b T x (features or symbols, and targets, of a step)
                and the batches, or the test set, that numpy draws of a task that is not built in

It follows `layout.lay_out`, without a limit to the numbers. The factors were measured: see its test.
"""

from __future__ import annotations

import math

from seqmem.engines.footprint import STEP, TRIAL, Footprint, size_block, size_set
from seqmem.engines.fused.flat import Flat
from seqmem.engines.fused.samplers.ahead import count_ahead, is_drawn_ahead
from seqmem.engines.fused.simd.look_up import ONE_HOT
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.steps.plans import find_plan, find_preparation
from seqmem.engines.fused.steps.preparation import count_values
from seqmem.engines.fused.structs import EVALUATE, TRAIN
from seqmem.job.job import Job
from seqmem.job.network import Layer, Network
from seqmem.job.optimizer import MEANS


def measure(job: Job) -> Footprint:
    """What training a job's trials takes."""
    weights, means = 4.0 * job.network.num_parameters, len(MEANS[job.optimizer.name])
    behind = 4.0 * (Flat(job.network).size - job.network.num_parameters)
    steps = min(job.evaluate_every, job.max_sequences) / job.batch_size
    own = TRIAL + behind + weights * (2 + means + bool(job.optimizer.l1)) + STEP * steps + 8.0 * job.schedule.batches
    own += size_block(job)
    if job.train_set is not None:
        shared = job.task.training_set is not None
        own += 8.0 * steps * job.batch_size + (16.0 * job.train_set if shared else size_set(job, job.train_set))
    tests = [job, *(job.for_test(name) for name in job.tests)]
    test_workspace = max(
        size_workspace(test, test.test_size) + _size_drawn_ahead(test, EVALUATE, test.test_size) for test in tests
    )
    drawn_ahead = _size_drawn_ahead(job, TRAIN, count_ahead(job) * job.batch_size)
    return Footprint(
        trial=own,
        written=3 * weights * (1 + means),
        ended=TRIAL + 3 * weights,
        thread=max(size_workspace(job, job.batch_size) + drawn_ahead, test_workspace),
        once=max(size_set(test, test.test_size) for test in tests),
    )


def _size_drawn_ahead(job: Job, mode: int, sequences: int) -> float:
    """Bytes of the sequences that numpy draws for a thread, where no compiled code can."""
    return 2 * size_set(job, sequences) if is_drawn_ahead(job, mode) else 0.0


def size_workspace(job: Job, sequences: int) -> float:
    """Bytes of a thread's workspace for a batch."""
    task, network = job.task, job.network
    length, blocks = float(task.max_length), math.ceil(sequences / BLOCK)
    answers = length if task.target.every_step else 1.0
    embedding = network.embedding_size or 0
    one_hot = task.input_size if task.symbols and task.input_size <= ONE_HOT else 0
    features = 0 if task.symbols else task.input_size
    width = task.target.target_width
    plans = [find_plan(network.cell, layer.hidden_size) for layer in network.layers]
    kept = sum(plan.kept_rows for plan in plans)
    carried = 2 * max(sum(plan.states.sizes) for plan in plans) + sum(plan.fixed_rows for plan in plans)
    values = sum(_count_values(network, layer) for layer in network.layers)
    outputs = sum(network.hidden_sizes) * (1 + network.bidirectional)
    attends = network.attention == "dot"
    gradients = outputs if task.target.every_step or attends else outputs - network.top_size
    of_a_step = one_hot + 2 * embedding + kept + outputs + gradients + attends
    block = length * of_a_step + 2 * (kept + outputs) + carried + answers * task.target.size
    every_block = length * features + answers * width + 1 + (length + 1)
    return 4 * (BLOCK * (block + blocks * every_block + 8) + Flat(network).num_weights + 2 * values)


def _count_values(network: Network, layer: Layer) -> int:
    preparation = find_preparation(network.cell, layer.hidden_size, layer.input_size)
    return count_values(preparation) if preparation.prepared or preparation.projected else 0
