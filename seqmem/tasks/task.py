"""What a task is: what it draws, what it asks for, and when an answer is wrong."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from seqmem.arguments import checked
from seqmem.representation import first_line, format_call, to_html
from seqmem.tasks.answers import ANSWERS, Answers, Kind, Output


@dataclass(frozen=True)
class Sequences:
    """`n` sequences, right-padded to `T` steps.

    inputs: (n, T) integer symbols, or (n, T, I) float32 features.
    lengths: (n,) number of valid steps, at least 1.
    targets: integers (n,) or (n, T) for classes; float32 (n, K) or (n, T, K) for bits and
        real numbers; integers (n, K) for steps. Entries beyond `lengths` count for nothing. With an
        answer at every step, a class below 0, or numbers that are NaN, ask for none at that step.
    """

    inputs: NDArray[Any]
    lengths: NDArray[np.integer[Any]]
    targets: NDArray[Any]

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, index: Any) -> Sequences:
        return Sequences(self.inputs[index], self.lengths[index], self.targets[index])


@checked
@dataclass(frozen=True)
class Target:
    """What a network must answer.

    Args:
        kind: `class` (another class is the largest: wrong), `bits` (any bit differs: wrong),
            `real` (off by more than `tolerance`: wrong), or `steps`: each number names a step of
            its sequence, 0-based, by being largest there (any names another: wrong).
        size: Number of classes, bits, real numbers, or numbers that name steps.
        every_step: An answer at every step, instead of one at the end; targets may leave some out.
        scored: With an answer at every step, the steps whose answers can be wrong: all valid
            ones, the last, or so many of the last. The loss runs over all of them in any case.
        tolerance: For `real`, the largest error of a right answer.
        output: The function that makes outputs of the network's raw ones: softmax for classes, the
            logistic function for bits, for real numbers none (`identity`), unless it is given:
            `logistic` or `tanh`.
    Raises:
        ValueError: if the answers have no such output.
    """

    kind: Kind
    size: int
    every_step: bool = False
    scored: Literal["all", "last"] | int = "all"
    tolerance: float = 0.0
    output: Output | None = None

    def __post_init__(self) -> None:
        if isinstance(self.scored, int) and self.scored < 1:
            raise ValueError(f"scored must be all, last or a number of at least 1, got {self.scored}")
        usual = self.answers.outputs
        if self.output is None:
            object.__setattr__(self, "output", usual[0])
        elif self.output not in usual:
            choices = " or ".join(usual)
            raise ValueError(f"output must be {choices} for {self.answers.word} targets, got {self.output}")

    @property
    def answers(self) -> Answers:
        """What its answers are, which depends on its kind."""
        return ANSWERS[self.kind]

    @property
    def target_width(self) -> int:
        """How many numbers the target of one answer has."""
        return self.answers.count_numbers(self.size)

    def count_scored(self, steps: int) -> int:
        """How many of the last of so many steps have an answer that can be wrong."""
        if not self.every_step or self.scored == "all":
            return steps
        return 1 if self.scored == "last" else min(self.scored, steps)

    @property
    def scores_several(self) -> bool:
        """Whether several answers of a sequence can be wrong, each by itself."""
        return self.targets_every_step and self.scored not in ("last", 1)

    @property
    def targets_every_step(self) -> bool:
        """Whether every answer has a target of its own; steps are named by the answers at all of them."""
        return self.every_step and self.kind != "steps"


@checked
@dataclass(frozen=True)
class Criterion:
    """The rule by which a trial has solved its task.

    The last `sequences` training sequences were all right, in whole batches; right means not
    wrong, or, with a `tolerance`, every output within it of its target. With `mean_error`,
    the mean absolute error of the outputs over these sequences was below it as well.
    """

    sequences: int
    tolerance: float | None = None
    mean_error: float | None = None


def draw_integers(
    rng: np.random.Generator, low: int | NDArray[Any], high: int | NDArray[Any], shape: tuple[int, ...]
) -> NDArray[np.int64]:
    """Draw integers uniform in low .. high - 1 by scaling uniform doubles.

    The one way in which tasks draw: compiled samplers reproduce it number by number.
    """
    # The sum comes after the rounding: in floats, 99 + 2 u is 101 for the largest u below 1.
    steps: NDArray[np.float64] = rng.random(shape) * (np.asarray(high) - low)
    return low + steps.astype(np.int64)


@dataclass(frozen=True)
class FurtherTest:
    """Another set that a trained network is tested on, beside its test set.

    Args:
        task: Draws the sequences and says when an answer is wrong; it reads and answers what
            the network's task does.
        closed_loop: Give the network the first symbol only; from then on it reads what it has
            named last, and only its last answer counts.
    """

    task: Task
    closed_loop: bool = False


class Task(ABC):
    """Something to be remembered.

    A task sets the attributes below when it is built, and draws sequences. It never loops over
    sequences in Python, and it uses no randomness but the generator that it is handed.

    Attributes:
        input_size: Size of the alphabet, or number of features a step.
        symbols: Whether inputs are symbols (integers below `input_size`) or features.
        target: What the answer is.
        max_length: Most steps that a sequence can have.
        strict_tolerance: A second, stricter rule to count by: every output within it of its
            target, as the 1997 paper counts. None where the task has no such rule.
        criterion: When a trial counts as having solved the task, or None.
        training_set, validation_set, test_set: All the sequences that there are to train on, to
            choose weights by and to test on, where they are not drawn; None where there is no end
            of them.
        batches_at_once: How many training batches one call of `sample` draws, in order, on either
            engine; more than one is faster where sequences are short. Only for a task whose
            batches have nothing in common.
        digest: Hash of data that the task was handed, and that its arguments do not determine.
        not_in_fingerprint: Arguments that say where such data are, not what they are.
    """

    input_size: int
    symbols: bool = True
    target: Target
    max_length: int
    strict_tolerance: float | None = None
    criterion: Criterion | None = None
    training_set: Sequences | None = None
    validation_set: Sequences | None = None
    test_set: Sequences | None = None
    batches_at_once: int = 1
    takes_step: ClassVar[bool] = False  # whether `sample` does
    digest: str | None = None
    not_in_fingerprint: tuple[str, ...] = ()
    letters: str | None = None  # how symbols and classes read, where not as numbers

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.takes_step = "step" in inspect.signature(cls.sample).parameters
        if "__init__" in vars(cls):
            checked(cls)

    def __repr__(self) -> str:
        return format_call(self)

    def _repr_html_(self) -> str:
        reads = f"one of {self.input_size} symbols a step" if self.symbols else f"{self.input_size} numbers a step"
        told = self.target.answers.describe(self.target.size) + (", at every step" if self.target.every_step else "")
        solved = f"{self.criterion.sequences:,} training sequences right in a row" if self.criterion else "-"
        rows = {"reads": reads, "answers": told, "at most": f"{self.max_length:,} steps", "solved": solved}
        return to_html(repr(self), rows, first_line(self))

    @property
    def symbol_dtype(self) -> np.dtype[Any]:
        """The smallest unsigned type that holds every symbol."""
        return np.min_scalar_type(self.input_size - 1)

    @abstractmethod
    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        """Draw one training batch of `n` sequences.

        For a curriculum, a task's own may take a third argument, `step=0`: how many batches its
        trial has drawn before. It then says in `sample_set` what it is tested on.
        """

    def sample_set(self, rng: np.random.Generator, n: int) -> Sequences:
        """Draw `n` independent sequences: a test set, or a fixed training set.

        Differs from `sample` only for tasks whose batches have something in common.
        """
        return self.sample(rng, n)

    def further_tests(self) -> dict[str, FurtherTest]:
        """What a network is tested on at its end, beside its test set, by name."""
        return {}

    def telling_steps(self, inputs: NDArray[Any]) -> list[int]:
        """The steps that a sequence's answer depends on, where a task says it, by its valid inputs, (L,) or (L, I)."""
        return []

    def format_steps(self, inputs: NDArray[Any]) -> list[str]:
        """One sequence's valid inputs, a text a step."""
        return [self.format_input(inputs[step : step + 1]) for step in range(len(inputs))]

    def format_input(self, inputs: NDArray[Any]) -> str:
        """One sequence's valid inputs, (L,) or (L, I), as a person reads them."""
        if not self.symbols:
            return " ".join(",".join(f"{x:g}" for x in step) for step in inputs)
        return self._format_symbols(inputs)

    def format_answer(self, answer: NDArray[Any]) -> str:
        """One answer: a class or classes, bits (L, K) or numbers, as a person reads it."""
        if self.target.kind == "class":
            return self._format_symbols(np.atleast_1d(answer))
        if self.target.kind == "bits":
            return " ".join("".join(str(int(bit)) for bit in step) for step in np.atleast_2d(answer))
        return " ".join(f"{x:.4g}" for x in np.ravel(answer))

    def _format_symbols(self, symbols: NDArray[Any]) -> str:
        if self.letters is None:
            return " ".join(str(symbol) for symbol in symbols)
        return "".join(self.letters[symbol] for symbol in symbols)
