"""A loss of one's own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal

from seqmem.arguments import checked
from seqmem.representation import format_call
from seqmem.tasks.answers import ANSWERS, Kind
from seqmem.tasks.task import Target

if TYPE_CHECKING:
    from torch import Tensor

OWN = "own"


class OwnLoss(ABC):
    """What training makes small, written in methods of torch's tensors; it runs on the reference engine.

    A subclass is named on the command line, `loss=custom loss._target_=package.module.Class`, and
    its arguments are keys: `+loss.delta=2`. It keeps them to itself, and is not changed once built.

    Attributes:
        kinds: Of targets that it is for.
        reduction: `mean` over all answers, or `batchmean`: the sum over steps, the mean over sequences.
        last_weight: What the answer at a sequence's last step counts; each other counts 1.
    """

    kinds: tuple[Kind, ...] = ("class", "bits", "real")
    reduction: Literal["mean", "batchmean"] = "mean"
    last_weight: float = 1.0
    label_smoothing = 0.0
    formula = OWN

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            checked(cls)

    def __repr__(self) -> str:
        return format_call(self)

    @property
    def name(self) -> str:
        """What it is called: its class's name."""
        return type(self).__name__

    @abstractmethod
    def measure(self, raw: Tensor, outputs: Tensor, wanted: Tensor) -> Tensor:
        """The loss of each answer, (..), whose gradient torch finds.

        Args:
            raw: The network's raw outputs, (.., K).
            outputs: What the task makes of them, such as softmax, (.., K).
            wanted: The target as the outputs should be, (.., K): one-hot for classes.
        """

    @property
    def over_sequences(self) -> bool:
        """Whether the mean is over the sequences of a batch; else it is over its answers."""
        return self.reduction == "batchmean"

    def count_numbers(self, size: int) -> int:
        """Over how many numbers of an answer it is a mean as well: `measure` has seen to that."""
        return 1

    def check(self, target: Target, task_name: str) -> None:
        """Raise ValueError if this loss is not for the target."""
        if target.kind not in self.kinds:
            needed = " or ".join(ANSWERS[kind].word for kind in self.kinds)
            found = target.answers.word
            raise ValueError(f"loss={self.name} needs {needed} targets, but task={task_name} has {found} targets")
