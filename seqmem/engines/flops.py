"""Floating-point operations of a training step, by formula.

Counted is what the mathematics of a step needs, not what an implementation happens to do; an
addition, a multiplication, a division and a comparison count one each. Per sequence and time
step, of a layer with G = gates x H rows, in one direction:

    the cell's step, forward, backward to the states, gradient of its weights: see `seqmem.graph.count`
    input from features or a layer below, forward and gradient of the weights:   2 x 2 G I
        and backward to what is below, where that is trained:                        2 G I
    input from symbols, a look-up and its gradient:                              2 G

The readout is 3 x 2 O H at the steps that are read, of all that it
reads. Attention, loss, optimizer and the drawing of sequences are left out. Lengths count
by their mean, and a cell that cannot be traced as 6 G H and two logistic functions a gate.
"""

from __future__ import annotations

from seqmem.graph import UntraceableError
from seqmem.graph.count import count_operations
from seqmem.graph.operations import LOGISTIC
from seqmem.job.job import Job
from seqmem.job.network import Layer, Network


def count_flops(job: Job, dense: bool = False) -> float:
    """Operations of one training step of one trial.

    Args:
        job: What the trial trains.
        dense: Count a look-up as the product with a one-hot vector that it stands for: what a
            program does that has no look-up, and this engine in part.
    """
    network, target = job.network, job.task.target
    steps = mean_length(job)
    recurrent = sum(_count_layer(network, layer, dense) for layer in network.layers)
    readout = 6 * network.features_size * network.output_size * (steps if target.every_step else 1)
    return job.batch_size * (steps * recurrent + readout)


def mean_length(job: Job) -> float:
    """Steps of a sequence, on average; lengths are uniform between the shortest and the longest."""
    longest = job.task.max_length
    return float(getattr(job.task, "min_length", longest) + longest) / 2


def _count_layer(network: Network, layer: Layer, dense: bool) -> int:
    """Operations of a layer, in one direction, per sequence and time step."""
    rows = network.cell.parameters(layer.input_size, layer.hidden_size)["weight_ih"][0]
    looked_up = layer.depth == 0 and network.task.symbols and not network.embedding_size and not dense
    trained_below = layer.depth > 0 or network.embedding_size is not None
    own_input = 2 * rows if looked_up else (4 + 2 * trained_below) * rows * layer.input_size
    try:
        return own_input + count_operations(network.cell, layer.hidden_size)
    except UntraceableError:
        return own_input + 6 * rows * layer.hidden_size + 2 * LOGISTIC * rows
