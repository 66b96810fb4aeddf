"""What a recurrent cell is: gates, states and one step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from seqmem.arguments import checked
from seqmem.representation import format_call

if TYPE_CHECKING:
    from torch import Tensor

State = tuple["Tensor", ...]


class Cell(ABC):
    """One step of a recurrence, for `M` trials side by side.

    The input's part of every gate, `weight_ih x + bias_ih`, is computed outside of the cell,
    for all steps at once; `step` adds the recurrence. A cell is written with tensor methods and
    imports no torch of its own.

    From that the step is traced and compiled, with its gradient. What can be traced: arithmetic,
    comparisons, sigmoid, tanh, relu, exp, log, sqrt, sin, cos, abs, minimum, maximum, clamp, and
    softplus and where of `seqmem.cells.functions`; products of states and whatever follows from
    them with weights, `h @ weights["weight_hh"].mT`; vectors of weights; chunk, split, slices
    `[..., a:b]` and concatenate; sum, mean, amax, amin and softmax over units, with axes counted
    from the end (`dim=-1`); unsqueeze, squeeze, unflatten, flatten and mT, and products of matrices
    and vectors that states hold, `(s @ k.unsqueeze(-1)).squeeze(-1)`. Matrices that are computed
    from weights belong into `prepare`. All else, a branch on data for one, runs on the reference
    engine.

    Attributes:
        gates: Names of the gates, in the order of their row blocks in the weights.
        keep_gate: The gate that says how much of the state stays, or None; the chrono
            initialisation opens it.
        write_gate: The gate that says how much is written, or None if the keep gate tells;
            the chrono initialisation closes it.
        states: Names of the states.
        output: The state that is the layer's output, whether the step reads it or not; the first
            unless told.
    """

    gates: ClassVar[tuple[str, ...]]
    keep_gate: ClassVar[str | None] = None
    write_gate: ClassVar[str | None] = None
    states: ClassVar[tuple[str, ...]] = ("h",)
    output: ClassVar[str | None] = None

    def __repr__(self) -> str:
        return format_call(self)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            checked(cls)

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        """Name and shape of every parameter of one layer, in order; G = gates x hidden_size.

        A cell with more than the usual four adds its own, which `step` finds in `weights`; one
        that has no use for `weight_hh` or a bias leaves it out. `weight_ih` may have rows beyond
        those of the gates.
        """
        rows = len(self.gates) * hidden_size
        return {
            "weight_ih": (rows, input_size),
            "weight_hh": (rows, hidden_size),
            "bias_ih": (rows,),
            "bias_hh": (rows,),
        }

    def state_shapes(self, hidden_size: int) -> dict[str, tuple[int, ...]]:
        """Shape of every state of a sequence, in the order of `states`; the output is (H,)."""
        return dict.fromkeys(self.states, (hidden_size,))

    def initial_states(self) -> dict[str, float]:
        """What states are before the first step, by name; those that are left out are 0."""
        return {}

    def draw_parameters(
        self, rng: np.random.Generator, input_size: int, hidden_size: int, max_length: int
    ) -> dict[str, NDArray[Any]]:
        """Initial values of parameters of a layer, by the cell's own rule, such as its paper's.

        They are what `init` means by `default`; what is left out is drawn from U(-1/sqrt H, 1/sqrt H).

        Args:
            max_length: Steps of the longest sequence.
        """
        return {}

    def constants(self, input_size: int, hidden_size: int) -> dict[str, NDArray[Any]]:
        """Fixed matrices and vectors, which `prepare` and `step` find among the weights."""
        return {}

    def prepare(self, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """What weights become before the steps, once an update: those that change, and such as are new, by name.

        Beside what a step may use there are here products and sums of matrices, and
        `matrix_exponential` of `seqmem.cells.functions`. Gradients pass through.

        Args:
            weights: The layer's parameters and constants, each with a leading trial axis; vectors
                are (M, 1, size).
        """
        return {}

    def project(self, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """What parameters become after every update, such as a bound for them: those that change, by name.

        Args:
            weights: As for `prepare`, of which it may use the same.
        """
        return {}

    @abstractmethod
    def step(self, x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
        """Advance one time step.

        Args:
            x: (M, B, G), the input's part of the gates, bias included.
            state: A tensor for each of `states`, (M, B, H) or as `state_shapes` says.
            weights: The layer's parameters and constants and what `prepare` makes of them, each
                with a leading trial axis; vectors are (M, 1, size), ready to be added.
        Returns:
            The next state, shaped as `state`.
        """
