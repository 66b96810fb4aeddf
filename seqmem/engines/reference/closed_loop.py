"""A trained network that reads what it has named last."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray

from seqmem.engines.engine import Evaluation
from seqmem.engines.reference.forward import read_out, run_with_states, state_size
from seqmem.engines.reference.threads import on_one_thread
from seqmem.job.data import draw_test_set
from seqmem.job.job import Job
from seqmem.job.network import Network, Weights
from seqmem.job.streams import stream


@on_one_thread()
def evaluate_in_closed_loop(job: Job, weights: Weights, seed: int) -> Evaluation:
    """How often a network that goes on from the first symbol by itself names another last symbol than asked for.

    Args:
        job: For the further test, as by `Job.for_test`.
        weights: Named as in `Network.parameters`.
        seed: The trial's.
    """
    sequences, rng = draw_test_set(job, seed), stream(seed, "test state")
    targets = sequences.targets[:, -1] if job.task.target.every_step else sequences.targets
    named = run_closed_loop(job.network, weights, sequences.inputs[:, 0], job.task.max_length, rng)
    return Evaluation(math.nan, int((named != targets).sum()), None)


@torch.no_grad()
def run_closed_loop(
    network: Network,
    weights: Weights,
    first: NDArray[np.integer],
    num_steps: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Let a network read first symbols, and from then on the class that it has named last.

    Args:
        network: Reads forwards only, symbols that are its classes as well.
        weights: Named as in `Network.parameters`.
        first: (n,) symbols.
        num_steps: Steps in all.
        rng: Draws the initial states, where they are drawn.
    Returns:
        (n,), the classes named at the last step.
    """
    stacked = {name: torch.from_numpy(value).unsqueeze(0) for name, value in weights.items()}
    symbols = torch.from_numpy(first.astype(np.int64)).view(1, -1, 1)  # 1, n, 1
    lengths = torch.ones(1, len(first), dtype=torch.int64)
    states: torch.Tensor | None = None
    if network.initial_state == "uniform":
        states = torch.from_numpy(rng.random((1, len(first), state_size(network)))).float()
    for _ in range(num_steps):
        outputs, after = run_with_states(network, stacked, symbols, lengths, states)
        states = torch.cat([state.flatten(2) for state in after], dim=-1)
        symbols = read_out(network, stacked, outputs).argmax(-1)
    return symbols[0, :, 0].numpy()
