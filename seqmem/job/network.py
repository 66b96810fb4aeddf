"""What a network is, as a description: layers, directions, readout, initial weights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from seqmem.arguments import checked
from seqmem.cells.cell import Cell
from seqmem.cells.checks import check_cell
from seqmem.job.attention import Attention, check_attention, features_size
from seqmem.job.initialisation import Initialisation
from seqmem.job.streams import stream
from seqmem.representation import format_call, to_html
from seqmem.tasks.task import Task

Readout = Literal["last", "every", "final", "none"]
Weights = dict[str, NDArray[np.float32]]
Packed = TypeVar("Packed", bound=Any)  # an array, or a tensor


@dataclass(frozen=True)
class Layer:
    """One layer in one direction. `suffix` ends its parameters' names, as in torch."""

    depth: int
    input_size: int
    hidden_size: int
    reverse: bool

    @property
    def suffix(self) -> str:
        return f"_l{self.depth}" + ("_reverse" if self.reverse else "")


@checked
@dataclass(frozen=True, repr=False)
class Network:
    """A recurrent network that answers a task.

    Args:
        task: What it answers; gives the sizes of input and output.
        cell: The recurrence.
        hidden: Width of each layer, or of the only one.
        bidirectional: Every layer runs forwards and backwards, and hands on both.
        embedding_size: Width of a learned embedding of the symbols; None for one-hot.
        readout: A linear map from the `last` valid output of the top layer, from `every`
            output, or from the `final` states of both directions; or `none`: the top layer's
            hidden units are the output. `auto`: `every` for a task with an answer at every
            step, else `final` for a bidirectional network, else `last`.
        attention: `dot` or `cosine`: an answer at the end looks back at all steps, as
            `seqmem.job.attention` has it; `cosine_steps` for an answer at every step; None for none.
        initial_state: `zeros`, or `uniform`: drawn from U[0, 1) anew for every sequence that
            passes through the network.
        init: How weights are drawn.
    Raises:
        ValueError: if the parts do not fit each other.
    """

    task: Task
    cell: Cell
    hidden: int | Sequence[int]
    bidirectional: bool = False
    embedding_size: int | None = None
    readout: Readout | Literal["auto"] = "auto"
    attention: Attention | None = None
    initial_state: Literal["zeros", "uniform"] = "zeros"
    init: Initialisation = field(default_factory=Initialisation)

    def __repr__(self) -> str:
        return format_call(self)

    def _repr_html_(self) -> str:
        layers = " and ".join(map(str, self.hidden_sizes)) + (", both directions" if self.bidirectional else "")
        rows = {"task": self.task, "cell": self.cell, "units": layers, "trained weights": f"{self.num_parameters:,}"}
        return to_html("Network", rows)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", self.hidden_sizes)
        if not self.hidden_sizes:
            raise ValueError("hidden must have at least one layer, got []")
        for width in self.hidden_sizes:
            if width < 1:
                raise ValueError(f"hidden must be positive, got {width}")
        if self.embedding_size is not None and self.embedding_size < 1:
            raise ValueError(f"embedding_size must be positive, got {self.embedding_size}")
        if self.embedding_size is not None and not self.task.symbols:
            name = type(self.task).__name__
            raise ValueError(f"embedding_size needs symbols to embed, but {name} reads features; choose null")
        self._check_readout()
        if self.attention is not None:
            check_attention(self.attention, self.task, self.readout, self.top_size)
        for layer in self.layers:
            check_cell(self.cell, layer.input_size, layer.hidden_size, self.task.max_length)
        self.init.check(self.cell, len(self.hidden_sizes))

    def _check_readout(self) -> None:
        every_step = self.task.target.every_step
        if self.readout == "auto":
            end = "final" if self.bidirectional else "last"
            object.__setattr__(self, "readout", "every" if every_step else end)
        fitting = ("every", "none") if every_step else ("last", "final", "none")
        if self.readout not in fitting:
            answer = "at every step" if every_step else "at the end"
            raise ValueError(
                f"readout={self.readout} does not fit an answer {answer}; choose auto, {', '.join(fitting)}"
            )
        if self.readout == "none" and self.top_size != self.output_size:
            raise ValueError(
                f"readout=none needs {self.output_size} hidden units in the top layer, one for each output, "
                f"got {self.top_size}"
            )

    @property
    def hidden_sizes(self) -> tuple[int, ...]:
        """Width of each layer, bottom to top."""
        return (self.hidden,) if isinstance(self.hidden, int) else tuple(self.hidden)

    @property
    def input_size(self) -> int:
        """Features that the first layer reads."""
        return self.embedding_size or self.task.input_size

    @property
    def output_size(self) -> int:
        return self.task.target.size

    @property
    def top_size(self) -> int:
        """Features of the top layer, all directions together."""
        return self.hidden_sizes[-1] * (1 + self.bidirectional)

    @property
    def features_size(self) -> int:
        """Features that the readout reads."""
        return features_size(self.attention, self.task, self.top_size)

    @cached_property
    def layers(self) -> list[Layer]:
        """Every layer and direction, in torch's order: bottom to top, forward before reverse."""
        layers = []
        input_size = self.input_size
        for depth, width in enumerate(self.hidden_sizes):
            layers += [Layer(depth, input_size, width, reverse) for reverse in (False, True)[: 1 + self.bidirectional]]
            input_size = width * (1 + self.bidirectional)
        return layers

    def parameters(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every parameter, in order; names as torch.nn gives them."""
        return dict(self._shapes)

    @cached_property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        if self.embedding_size is not None:
            shapes["embedding.weight"] = (self.task.input_size, self.embedding_size)
        for layer in self.layers:
            for name, shape in self.cell.parameters(layer.input_size, layer.hidden_size).items():
                shapes[f"recurrent.{name}{layer.suffix}"] = shape
        if self.readout != "none":
            shapes["readout.weight"] = (self.output_size, self.features_size)
            shapes["readout.bias"] = (self.output_size,)
        return shapes

    @cached_property
    def num_parameters(self) -> int:
        return sum(math.prod(shape) for shape in self.parameters().values())

    @property
    def offsets(self) -> dict[str, int]:
        """Where each parameter begins among all weights, packed one after the other."""
        sizes = [math.prod(shape) for shape in self.parameters().values()]
        return dict(zip(self.parameters(), accumulate(sizes, initial=0), strict=False))

    def pack(self, weights: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """All weights of a network in one array, (P,), in the order of `parameters`."""
        return np.concatenate([weights[name].ravel() for name in self.parameters()])

    def unpack(self, packed: Packed) -> dict[str, Packed]:
        """The parameters that (.., P) packed weights hold, as views with the same leading axes."""
        shapes, offsets = self.parameters(), self.offsets
        parts = {name: packed[..., start : start + math.prod(shapes[name])] for name, start in offsets.items()}
        return {name: part.reshape(*packed.shape[:-1], *shapes[name]) for name, part in parts.items()}

    def initial_weights(self, seed: int) -> Weights:
        """Draw the weights that a trial with this seed starts from, named as in `parameters`."""
        rng = stream(seed, "weights")
        weights: Weights = {}
        if self.embedding_size is not None:
            shape = (self.task.input_size, self.embedding_size)
            weights["embedding.weight"] = rng.normal(size=shape).astype(np.float32)
        for layer in self.layers:
            drawn = self._draw_layer(rng, layer)
            weights |= {f"recurrent.{name}{layer.suffix}": value for name, value in drawn.items()}
        if self.readout != "none":
            for name in ("readout.weight", "readout.bias"):
                weights[name] = self.init.draw_matrix(rng, "readout", self.parameters()[name], self.features_size)
        return weights

    def _draw_layer(self, rng: np.random.Generator, layer: Layer) -> Weights:
        width, longest = layer.hidden_size, self.task.max_length
        weights: Weights = {}
        by_cell = self.cell.draw_parameters(rng, layer.input_size, width, longest)
        for name, shape in self.cell.parameters(layer.input_size, width).items():
            if name in by_cell and self.init.is_default(name, layer.depth):
                weights[name] = np.asarray(by_cell[name], np.float32)
            elif name in ("weight_ih", "weight_hh"):
                key = "input" if name == "weight_ih" else "recurrent"
                weights[name] = self.init.draw_matrix(rng, key, shape, width, layer.depth)
            elif name in ("bias_ih", "bias_hh"):
                weights[name] = self.init.draw_bias(rng, name, self.cell, shape[0], width, longest, layer.depth)
            else:  # a parameter of the cell's own
                weights[name] = Initialisation().draw_matrix(rng, "input", shape, width)
        return weights
