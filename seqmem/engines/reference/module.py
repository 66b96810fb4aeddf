"""A trained network as a torch module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqmem.engines.reference.forward import run, state_size
from seqmem.engines.reference.objective import to_outputs
from seqmem.job.network import Network


class TrainedNetwork(torch.nn.Module):
    """One trial's network; its parameters are named as torch.nn names them.

    Args:
        network: The description.
        weights: Named as in `Network.parameters`.
    """

    def __init__(self, network: Network, weights: Mapping[str, NDArray[np.float32]]) -> None:
        super().__init__()
        self.network = network
        for name in network.parameters():
            owner, _, parameter = name.partition(".")
            if not hasattr(self, owner):
                self.add_module(owner, torch.nn.Module())
            getattr(self, owner).register_parameter(parameter, torch.nn.Parameter(torch.from_numpy(weights[name])))

    def forward(self, inputs: Tensor | NDArray[Any], lengths: Tensor | NDArray[Any] | None = None) -> Tensor:
        """Answer a batch of sequences.

        Args:
            inputs: (B, T) symbols, or (B, T, I) features.
            lengths: (B,) valid steps; all of them unless given.
        Returns:
            Outputs, (B, O) or (B, T, O) with an answer at every step: softmax for classes,
            logistic for bits, else raw.
        """
        device = next(self.parameters()).device
        kind = torch.int64 if self.network.task.symbols else torch.float32
        inputs = torch.as_tensor(np.asarray(inputs)).to(device, kind)
        if lengths is None:
            lengths = torch.full(inputs.shape[:1], inputs.shape[1])
        lengths = torch.as_tensor(np.asarray(lengths)).to(device, torch.int64)
        weights = {name: value.unsqueeze(0) for name, value in self.named_parameters()}
        initial = None
        if self.network.initial_state == "uniform":
            initial = torch.rand(1, len(inputs), state_size(self.network), device=device)
        raw = run(self.network, weights, inputs.unsqueeze(0), lengths.unsqueeze(0), initial)[0]
        return to_outputs(raw, self.network.task.target)
