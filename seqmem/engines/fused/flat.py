"""A trial's flat array of weights: its parameters, and behind them what steps read beside them.

Gradients stand in an array of the same order, of which the optimizer takes the parameters'.
"""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from seqmem.cells.cell import Cell
from seqmem.engines.fused.simd.target import LANES
from seqmem.engines.fused.steps.plans import find_preparation
from seqmem.job.network import Layer, Network

PAST = 8  # rows that a tile may read past the last one


def padded(size: int) -> int:
    """Size in whole vectors."""
    return -(-size // LANES) * LANES


class Flat:
    """Where everything stands in the flat array.

    Attributes:
        offsets: Where each parameter begins, and each thing behind them, named like these; what a
            cell prepares is `prepared` instead of `recurrent`.
        constants: What is written there once for all, by offset.
        num_parameters: Numbers of parameters, in whole vectors.
        num_weights: The same with what stands behind.
        size: The same with room for tiles that read past the last row.
    """

    def __init__(self, network: Network) -> None:
        self.offsets = dict(network.offsets)
        self.constants: dict[int, NDArray[Any]] = {}
        self.num_parameters = self.num_weights = padded(network.num_parameters)
        self._shapes = dict(network.parameters())
        for layer in network.layers:
            self._add_layer(network.cell, layer)
        matrices = [shape for shape in self._shapes.values() if len(shape) == 2]
        self.size = self.num_weights + PAST * max(network.features_size, *(columns for _, columns in matrices))

    def _add_layer(self, cell: Cell, layer: Layer) -> None:
        preparation = find_preparation(cell, layer.hidden_size, layer.input_size)
        for name, value in preparation.constants.items():
            self.constants[self._add(f"recurrent.{name}{layer.suffix}", value.shape)] = value
        for name, symbol in preparation.prepared.items():
            self._add(f"prepared.{name}{layer.suffix}", symbol.node.shape)
        bias = f"recurrent.bias_ih{layer.suffix}"
        if bias not in self._shapes:  # zeros instead, whose gradient nobody reads
            self._add(bias, self._shapes[f"recurrent.weight_ih{layer.suffix}"][:1])

    def _add(self, name: str, shape: tuple[int, ...]) -> int:
        offset = self.offsets[name] = self.num_weights
        self._shapes[name] = shape
        self.num_weights += padded(math.prod(shape))
        return offset
