"""What an answer is, by the kind of its target: how outputs are made and judged, how targets look, how both read.

Whatever a network's raw outputs pass through is written in methods of torch's tensors, as a cell's step is, so that
nothing here imports torch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Kind = Literal["class", "bits", "real", "steps"]
Output = Literal["softmax", "logistic", "identity", "tanh"]

# Outputs from raw outputs (.., K).
OUTPUTS: dict[Output, Callable[[Tensor], Tensor]] = {
    "softmax": lambda raw: raw.softmax(-1),
    "logistic": lambda raw: raw.sigmoid(),
    "identity": lambda raw: raw,
    "tanh": lambda raw: raw.tanh(),
}


class Answers(ABC):
    """The answers of one kind of target.

    Attributes:
        outputs: Functions that its outputs may come from, the usual one first.
        whole: Whether its targets are whole numbers.
        word: What it is called in messages.
    """

    outputs: tuple[Output, ...]
    whole: bool = False
    word: str

    def count_numbers(self, size: int) -> int:
        """How many numbers the target of one answer has."""
        return size

    def shape_targets(self, size: int) -> tuple[int, ...]:
        """The shape of the target of one answer."""
        return (size,)

    @abstractmethod
    def describe(self, size: int) -> str:
        """What is answered, in a few words."""

    def find_asked(self, targets: Any) -> Any:
        """Which answers are asked for, (..), of targets (.., K) in numpy or torch; NaNs ask for none."""
        return (targets == targets).any(-1)

    def as_outputs(self, targets: Tensor, raw: Tensor) -> Tensor:
        """Targets as the outputs should be, shaped as the raw outputs."""
        return targets.to(raw.dtype)

    def judge(
        self, raw: Tensor, outputs: Tensor, targets: Tensor, valid: Tensor, tolerance: float
    ) -> tuple[Tensor, Tensor]:
        """Which answers are wrong, and by how much each output is off.

        Args:
            raw, outputs: (M, B, T, K).
            targets: (M, B, T, ..), or one of each sequence.
            valid: (M, B, T), which steps the sequences have.
            tolerance: Largest error of a right number.
        Returns:
            (M, B, T) and (M, B, T, K), with T = 1 where all steps make one answer.
        """
        error = (outputs - self.as_outputs(targets, raw)).abs()
        return self.find_wrong(raw, outputs, targets, tolerance) | error.isnan().any(-1), error

    @abstractmethod
    def find_wrong(self, raw: Tensor, outputs: Tensor, targets: Tensor, tolerance: float) -> Tensor:
        """Which answers are wrong, (..), of outputs (.., K)."""

    @abstractmethod
    def read(self, outputs: NDArray[np.float32], lengths: NDArray[Any]) -> NDArray[Any]:
        """What the outputs of sequences say, in the terms of the targets."""

    @abstractmethod
    def find_fault(self, targets: NDArray[Any], lengths: NDArray[Any], size: int) -> str | None:
        """Which rule targets break, of the right shape and with zeros beyond the lengths; None if they break none."""


class Classes(Answers):
    """One of K classes: that of the largest output; below 0 where none is asked for."""

    outputs = ("softmax",)
    whole = True
    word = "class"

    def count_numbers(self, size: int) -> int:
        return 1

    def shape_targets(self, size: int) -> tuple[int, ...]:
        return ()

    def describe(self, size: int) -> str:
        return f"one of {size} classes"

    def find_asked(self, targets: Any) -> Any:
        return targets >= 0

    def as_outputs(self, targets: Tensor, raw: Tensor) -> Tensor:
        return raw.new_zeros(raw.shape).scatter(-1, targets.unsqueeze(-1), 1)

    def find_wrong(self, raw: Tensor, outputs: Tensor, targets: Tensor, tolerance: float) -> Tensor:
        return raw.argmax(-1) != targets

    def read(self, outputs: NDArray[np.float32], lengths: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(outputs.argmax(-1))

    def find_fault(self, targets: NDArray[Any], lengths: NDArray[Any], size: int) -> str | None:
        least, largest = (int(targets.min()), int(targets.max())) if targets.size else (0, 0)
        if 0 <= least <= largest < size:
            return None
        return f"must return targets from 0 to {size - 1}, got {least} to {largest}"


class Bits(Answers):
    """K bits: outputs above one half."""

    outputs = ("logistic",)
    word = "bit"

    def describe(self, size: int) -> str:
        return f"{size} bits"

    def find_wrong(self, raw: Tensor, outputs: Tensor, targets: Tensor, tolerance: float) -> Tensor:
        return ((outputs > 0.5) != (targets > 0.5)).any(-1)

    def read(self, outputs: NDArray[np.float32], lengths: NDArray[Any]) -> NDArray[Any]:
        return outputs > 0.5

    def find_fault(self, targets: NDArray[Any], lengths: NDArray[Any], size: int) -> str | None:
        return "must return bits as targets, 0 or 1" if np.any((targets != 0) & (targets != 1)) else None


class Numbers(Answers):
    """K real numbers: the outputs themselves."""

    outputs = ("identity", "logistic", "tanh")
    word = "real-valued"

    def describe(self, size: int) -> str:
        return f"{size} numbers"

    def find_wrong(self, raw: Tensor, outputs: Tensor, targets: Tensor, tolerance: float) -> Tensor:
        return ((outputs - targets).abs() > tolerance).any(-1)

    def read(self, outputs: NDArray[np.float32], lengths: NDArray[Any]) -> NDArray[Any]:
        return outputs

    def find_fault(self, targets: NDArray[Any], lengths: NDArray[Any], size: int) -> str | None:
        return None if np.isfinite(targets).all() else "must return finite targets"


class Steps(Answers):
    """K numbers, each of which names a step of its sequence by being largest there."""

    outputs = ("identity",)
    whole = True
    word = "step"

    def describe(self, size: int) -> str:
        return f"{size} steps by their place"

    def as_outputs(self, targets: Tensor, raw: Tensor) -> Tensor:
        return raw.new_zeros(raw.shape).scatter(2, targets.unsqueeze(2), 1)

    def judge(
        self, raw: Tensor, outputs: Tensor, targets: Tensor, valid: Tensor, tolerance: float
    ) -> tuple[Tensor, Tensor]:
        """An error is what the share of the step to be named, of all steps, is short of 1."""
        shares = outputs.masked_fill(~valid.unsqueeze(-1), -np.inf).log_softmax(2)
        error = 1 - shares.gather(2, targets.unsqueeze(2)).exp()  # M, B, 1, K
        wrong = self.find_wrong(raw, shares, targets, tolerance).unsqueeze(2)
        return wrong | error.isnan().any(-1), error

    def find_wrong(self, raw: Tensor, outputs: Tensor, targets: Tensor, tolerance: float) -> Tensor:
        return (outputs.argmax(-2) != targets).any(-1)

    def read(self, outputs: NDArray[np.float32], lengths: NDArray[Any]) -> NDArray[Any]:
        valid = np.arange(outputs.shape[1]) < lengths[:, None]
        return np.asarray(np.where(valid[..., None], outputs, -np.inf).argmax(1))

    def find_fault(self, targets: NDArray[Any], lengths: NDArray[Any], size: int) -> str | None:
        if np.any((targets < 0) | (targets >= lengths[:, None])):
            return "must return targets that name steps of their sequences, from 0 to length - 1"
        return None


ANSWERS: dict[Kind, Answers] = {"class": Classes(), "bits": Bits(), "real": Numbers(), "steps": Steps()}
