"""A trained network as a torch module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqmem.engines.reference.forward import run, run_with_states, state_size
from seqmem.engines.reference.objective import to_outputs
from seqmem.job.network import Network

Array = Tensor | NDArray[Any] | Sequence[Any]


class TrainedNetwork(torch.nn.Module):
    """One trial's network, on any device; its parameters are named as torch.nn names them.

    Sequences are (B, T) symbols or (B, T, I) features. A task's symbols may be given as features
    as well, (B, T, `task.input_size`), one-hot or any mixture: gradients reach those. Lengths are
    (B,), all T steps unless given; what stands beyond them counts for nothing.

    `torch.export` takes the module with sequences of one length T; the loop over steps is part of
    what is exported.

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

    def __repr__(self) -> str:
        return f"Trained{self.network!r}"

    def _repr_html_(self) -> str:
        return self.network._repr_html_()

    def forward(self, inputs: Array, lengths: Array | None = None) -> Tensor:
        """Answer a batch of sequences.

        Returns:
            Outputs, (B, O) or (B, T, O) with an answer at every step: softmax for classes,
            logistic for bits, else raw.
        """
        return to_outputs(self.logits(inputs, lengths), self.network.task.target)

    def logits(self, inputs: Array, lengths: Array | None = None) -> Tensor:
        """What the outputs of `forward` are made from: the readout's values, (B, O) or (B, T, O)."""
        return run(self.network, self._weights(), *self._convert(inputs, lengths))[0]

    def hidden_states(self, inputs: Array, lengths: Array | None = None) -> dict[str, Tensor]:
        """Every state of every layer after each step, each (B, T, H), or as the cell shapes it.

        Returns:
            `h_l0`, an LSTM's `c_l0`, `h_l0_reverse` and so on: the cell's names of its states, with
            torch's suffixes of layers.
        """
        _, states = run_with_states(self.network, self._weights(), *self._convert(inputs, lengths), every_step=True)
        names = [f"{state}{layer.suffix}" for layer in self.network.layers for state in self.network.cell.states]
        return {name: state[0] for name, state in zip(names, states, strict=True)}

    def _weights(self) -> dict[str, Tensor]:
        return {name: value.unsqueeze(0) for name, value in self.named_parameters()}

    def _convert(self, inputs: Array, lengths: Array | None) -> tuple[Tensor, Tensor, Tensor | None]:
        """Inputs, lengths and initial states of a stack of one, on the parameters' device."""
        like = next(self.parameters())
        inputs, size = _to_tensor(inputs, like.device), self.network.task.input_size
        symbols = self.network.task.symbols and inputs.dim() == 2
        if not symbols and (inputs.dim() != 3 or inputs.shape[2] != size):
            choices = (
                f"(batch, steps) symbols or (batch, steps, {size})"
                if self.network.task.symbols
                else f"(batch, steps, {size})"
            )
            raise ValueError(f"inputs must be {choices} features, got the shape {tuple(inputs.shape)}")
        inputs = inputs.to(torch.int64 if symbols else like.dtype)
        if lengths is None:
            lengths = torch.full(inputs.shape[:1], inputs.shape[1], device=like.device)
        lengths = _to_tensor(lengths, like.device).to(torch.int64)
        initial = None
        if self.network.initial_state == "uniform":
            shape = (1, inputs.shape[0], state_size(self.network))
            initial = torch.rand(shape, device=like.device, dtype=like.dtype)
        return inputs.unsqueeze(0), lengths.unsqueeze(0), initial


def _to_tensor(values: Array, device: torch.device) -> Tensor:
    return values.to(device) if isinstance(values, Tensor) else torch.as_tensor(np.asarray(values), device=device)
