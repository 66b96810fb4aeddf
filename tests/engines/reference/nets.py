"""Networks written with torch.nn, to hold the reference engine against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqmem.cells import GRU, LSTM, RNN, Cell
from seqmem.job.network import Network
from seqmem.tasks import Sequences, Target, Task, draw_integers

CELLS: dict[str, Cell] = {"tanh": RNN("tanh"), "relu": RNN("relu"), "lstm": LSTM(), "gru": GRU()}


class AnyTask(Task):
    """Random inputs and random answers of any sizes; variable lengths."""

    def __init__(self, input_size: int = 5, symbols: bool = True, target: Target | None = None, max_length: int = 7):
        self.input_size = input_size
        self.symbols = symbols
        self.target = target or Target("class", 4)
        self.max_length = max_length

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        lengths = draw_integers(rng, 1, self.max_length + 1, (n,))
        shape = (n, self.max_length) if self.target.every_step else (n,)
        targets: NDArray[Any]
        if self.target.kind == "class":
            targets = draw_integers(rng, 0, self.target.size, shape)
        elif self.target.kind == "bits":
            targets = draw_integers(rng, 0, 2, (*shape, self.target.size)).astype(np.float32)
        else:
            targets = rng.normal(size=(*shape, self.target.size)).astype(np.float32)
        if self.symbols:
            symbols = draw_integers(rng, 0, self.input_size, (n, self.max_length)).astype(self.symbol_dtype)
            return Sequences(symbols, lengths, targets)
        return Sequences(rng.normal(size=(n, self.max_length, self.input_size)).astype(np.float32), lengths, targets)


class TorchNet(nn.Module):
    """The same network as a description's, with torch.nn's modules, in float64.

    One torch.nn.RNN, LSTM or GRU where all layers are equally wide, so that the description's
    parameter names are this module's; else one for each layer.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        if network.embedding_size is not None:
            self.embedding = nn.Embedding(network.task.input_size, network.embedding_size)
        if len(set(network.hidden)) == 1:
            self.recurrent = self._build(network.input_size, network.hidden[0], len(network.hidden))
        else:
            sizes = [layer.input_size for layer in network.layers if not layer.reverse]
            pairs = zip(sizes, network.hidden, strict=True)
            self.recurrent = nn.ModuleList(self._build(size, width, 1) for size, width in pairs)
        if network.readout != "none":
            self.readout = nn.Linear(network.features_size, network.output_size)
        self.double()

    def _build(self, input_size: int, hidden_size: int, num_layers: int) -> nn.Module:
        cell = self.network.cell
        options = {"nonlinearity": cell.nonlinearity} if isinstance(cell, RNN) else {}
        return getattr(nn, type(cell).__name__)(
            input_size, hidden_size, num_layers, batch_first=True, bidirectional=self.network.bidirectional, **options
        )

    def own_name(self, name: str) -> str:
        """This module's name of a description's parameter."""
        if isinstance(self.recurrent, nn.ModuleList) and name.startswith("recurrent."):
            start, depth = name.removesuffix("_reverse").split("_l")
            reverse = "_reverse" if name.endswith("_reverse") else ""
            return f"recurrent.{depth}.{start.removeprefix('recurrent.')}_l0{reverse}"
        return name

    def named(self) -> dict[str, nn.Parameter]:
        """Parameters by the description's names, in its order."""
        return {name: self.get_parameter(self.own_name(name)) for name in self.network.parameters()}

    def load(self, weights: Mapping[str, NDArray[Any]]) -> TorchNet:
        with torch.no_grad():
            for name, parameter in self.named().items():
                parameter.copy_(torch.from_numpy(weights[name]))
        return self

    def forward(self, inputs: Tensor, lengths: Tensor, initial: Tensor | None = None) -> Tensor:
        """Raw outputs: inputs are (B, T) symbols or (B, T, I) features, initial is (B, S)."""
        x = self.embed(inputs) if inputs.dim() == 2 else inputs
        outputs = self.run_layers(x, lengths, initial)  # B, T, H
        if not self.network.task.target.every_step:
            ends = self._pick_end(outputs, lengths)
            if self.network.attention is not None:
                rows = zip(ends, outputs, inputs, lengths, strict=True)
                ends = torch.stack([self._attend(end, row[:n], symbols[:n]) for end, row, symbols, n in rows])
            outputs = ends
        return outputs if self.network.readout == "none" else self.readout(outputs)

    def embed(self, symbols: Tensor) -> Tensor:
        if self.network.embedding_size is not None:
            return self.embedding(symbols)
        return nn.functional.one_hot(symbols, self.network.task.input_size).double()

    def run_layers(self, x: Tensor, lengths: Tensor, initial: Tensor | None = None) -> Tensor:
        modules = self.recurrent if isinstance(self.recurrent, nn.ModuleList) else [self.recurrent]
        states = self._split(initial)
        used = 0
        for module in modules:
            packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            count = module.num_layers * (1 + module.bidirectional)
            columns = [torch.stack(column) for column in zip(*states[used : used + count], strict=True)]
            used += count
            start = None if initial is None else tuple(columns) if len(columns) > 1 else columns[0]
            output, _ = module(packed, start)
            x, _ = pad_packed_sequence(output, batch_first=True, total_length=x.shape[1])
        return x

    def _split(self, initial: Tensor | None) -> list[list[Tensor]]:
        """Initial states (B, H) of each layer and direction."""
        if initial is None:
            return []
        states, used = [], 0
        for layer in self.network.layers:
            of_layer = []
            for _ in self.network.cell.states:
                of_layer.append(initial[:, used : used + layer.hidden_size])
                used += layer.hidden_size
            states.append(of_layer)
        return states

    def _attend(self, query: Tensor, outputs: Tensor, symbols: Tensor) -> Tensor:
        """What the readout reads of one sequence, step by step."""
        if self.network.attention == "dot":
            alpha = torch.stack([output.dot(query) for output in outputs]).softmax(0)
            return torch.cat([query, sum(a * output for a, output in zip(alpha, outputs, strict=True))])
        values = nn.functional.one_hot(symbols, self.network.task.input_size).double()
        weights = [nn.functional.cosine_similarity(value, query, dim=0).sigmoid() for value in values]
        return sum(weight * value for weight, value in zip(weights, values, strict=True)) / sum(weights)

    def _pick_end(self, outputs: Tensor, lengths: Tensor) -> Tensor:
        last = torch.stack([row[length - 1] for row, length in zip(outputs, lengths, strict=True)])
        if self.network.readout == "final" and self.network.bidirectional:
            width = self.network.hidden[-1]
            return torch.cat([last[:, :width], outputs[:, 0, width:]], dim=1)
        return last


def stack_weights(weights: Sequence[Mapping[str, NDArray[Any]]]) -> dict[str, Tensor]:
    """Weights of several trials, each with a leading trial axis, in float64, ready for gradients."""
    return {
        name: torch.stack([torch.from_numpy(each[name]).double() for each in weights]).requires_grad_()
        for name in weights[0]
    }


def to_tensors(sequences: Sequences) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs, lengths and targets: symbols and classes as int64, all else as float64."""

    def convert(array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array.astype(np.float64 if array.dtype == np.float32 else np.int64))

    return convert(sequences.inputs), convert(sequences.lengths), convert(sequences.targets)
