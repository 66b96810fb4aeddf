"""A trial's flat array of weights: its parameters, and behind them what steps read beside them.

Gradients stand in an array of the same order, of which the optimizer takes the parameters'.
"""

from __future__ import annotations

import math

from seqmem.engines.fused.simd.target import LANES
from seqmem.job.network import Network

PAST = 8  # rows that a tile may read past the last one


def padded(size: int) -> int:
    """Size in whole vectors."""
    return -(-size // LANES) * LANES


class Flat:
    """Where everything stands in the flat array.

    Attributes:
        offsets: Where each parameter begins, and each thing behind them, named like these.
        num_parameters: Numbers of parameters, in whole vectors.
        num_weights: The same with what stands behind.
        size: The same with room for tiles that read past the last row.
    """

    def __init__(self, network: Network) -> None:
        self.offsets = dict(network.offsets)
        self.num_parameters = self.num_weights = padded(network.num_parameters)
        shapes = dict(network.parameters())
        for layer in network.layers:
            bias = f"recurrent.bias_ih{layer.suffix}"
            if bias not in shapes:  # zeros instead, whose gradient nobody reads
                self._add(bias, shapes[f"recurrent.weight_ih{layer.suffix}"][:1])
        widest = max(network.features_size, *(shape[-1] for shape in shapes.values() if len(shape) == 2))
        self.size = self.num_weights + PAST * widest

    def _add(self, name: str, shape: tuple[int, ...]) -> None:
        self.offsets[name] = self.num_weights
        self.num_weights += padded(math.prod(shape))
