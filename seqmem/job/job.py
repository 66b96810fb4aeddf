"""A job: one setting of a sweep, run as several trials; plain values, checked when built."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field, replace
from typing import Literal

from seqmem.arguments import checked
from seqmem.job.checks import MOST, MOST_TRIALS, check_count, check_number
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.job.own_loss import OwnLoss
from seqmem.representation import format_call
from seqmem.tasks.contract import check_task
from seqmem.tasks.task import Criterion, Task

VALIDATION = "validation"  # the name of the test on the validation set


@checked
@dataclass(frozen=True, repr=False)
class Job:
    """One network, its task and one way of training, to be run as independent trials.

    Args:
        network: What remembers, and the task that it answers.
        loss: What training makes small.
        optimizer: How weights follow gradients.
        schedule: The learning rate over time.
        batch_size: Sequences a step.
        max_sequences: Budget of a trial in training sequences, rounded up to whole batches.
        evaluate_every: Training sequences between two evaluations on the test set.
        epoch: Training sequences in an epoch; with a fixed training set, its size.
        test_sequences: Size of the test set; None for all of a task's own.
        validation_sequences: Size of a validation set, on which a trial is tested at each evaluation
            as well; None for all of a task's own validation set, or for none. Of a task that has a
            training set and none for validation, so many sequences are kept out of the first.
        stop_on: `validation_loss` ends a trial when that falls no further, see `patience`; whatever
            ends it, it takes the weights back with which it was least. None for neither.
        patience: With `stop_on`: how many evaluations in a row a trial may go on without doing better.
        train_set: Size of a fixed training set that is passed through in shuffled epochs; None
            for fresh sequences at every step, or for all of a task's own training set.
        stop: End a trial when it meets its criterion.
        criterion_sequences: How many training sequences in a row must be right; None for the
            number of the task's criterion.
        clip: Largest norm of a trial's gradient; None for no clipping.
        trials: Independent trials.
        seed: Seed of the first trial; trial k has seed + k.
        name: What the task is called in messages; its class's name unless given.
    Raises:
        ValueError: if a value is out of range or does not fit the others.
    """

    network: Network
    loss: Loss | OwnLoss = field(default_factory=Loss)
    optimizer: Optimizer = field(default_factory=Optimizer)
    schedule: Schedule = field(default_factory=Schedule)
    batch_size: int = 32
    max_sequences: int = 100_000
    evaluate_every: int = 10_000
    epoch: int = 10_000
    test_sequences: int | None = 3000
    validation_sequences: int | None = None
    stop_on: Literal["validation_loss"] | None = None
    patience: int = 10
    train_set: int | None = None
    stop: bool = True
    criterion_sequences: int | None = None
    clip: float | None = None
    trials: int = 10
    seed: int = 0
    name: str = ""

    def __repr__(self) -> str:
        return format_call(self)

    def __post_init__(self) -> None:
        for key in ("batch_size", "max_sequences", "evaluate_every", "epoch", "patience"):
            check_count(key, getattr(self, key))
        check_count("trials", self.trials, MOST_TRIALS)
        if not 0 <= self.seed <= MOST:
            bound = "at least 0" if self.seed < 0 else f"at most {MOST:,}"
            raise ValueError(f"seed must be {bound}, got {self.seed}")
        if self.clip is not None:
            check_number("clip", self.clip, above=0)
        object.__setattr__(self, "name", self.name or type(self.task).__name__)
        check_task(self.task)
        self.optimizer.check(self.network.parameters())
        self._check_validation()
        self._check_own_sets()
        if self.test_sequences is None:
            raise ValueError(f"test_sequences must be given for task={self.name}, which has no test set of its own")
        check_count("test_sequences", self.test_sequences)
        self._check_further_tests()
        if self.train_set is not None:
            check_count("train_set", self.train_set)
            if self.batch_size > self.train_set:
                raise ValueError(f"batch_size must be at most train_set={self.train_set}, got {self.batch_size}")
            object.__setattr__(self, "epoch", self.train_set)
        if self.criterion_sequences is not None:
            check_count("criterion_sequences", self.criterion_sequences)
            if self.task.criterion is None:
                raise ValueError(f"criterion_sequences must be null for task={self.name}, which has no criterion")
        self.loss.check(self.task.target, self.name)

    def _check_own_sets(self) -> None:
        """Check that a task's own sets are large enough."""
        task = self.task
        sets = {
            "train_set": task.training_set,
            "validation_sequences": task.validation_set,
            "test_sequences": task.test_set,
        }
        kept_out = 0 if task.validation_set is not None else self.validation_sequences or 0
        for key, own in sets.items():
            if own is None:
                continue
            most, why = len(own), f"all that task={self.name} has"
            if key == "train_set" and kept_out:
                most, why = most - kept_out, f"what {why} without validation_sequences={kept_out}"
            if getattr(self, key) is None:
                object.__setattr__(self, key, most)
            if getattr(self, key) > most:
                raise ValueError(f"{key} must be at most {most}, {why}, got {getattr(self, key)}")
            if most < 1:
                raise ValueError(
                    f"validation_sequences must be below {len(own)}, all that task={self.name} has, got {kept_out}"
                )

    def _check_validation(self) -> None:
        """Check that there is a validation set where one is needed."""
        if self.validation_sequences is not None:
            check_count("validation_sequences", self.validation_sequences)
        elif self.stop_on is not None and self.task.validation_set is None:
            raise ValueError(f"stop_on={self.stop_on} needs a validation set; set validation_sequences as well")
        if VALIDATION in self.task.further_tests():
            raise ValueError(f"a further test of task={self.name} must not be called {VALIDATION}")

    def _check_further_tests(self) -> None:
        """Check that the network can read and answer what it is to be tested on, in a closed loop if need be."""
        task, tests = self.task, self.task.further_tests()
        for name, test in tests.items():
            own, other = ((t.input_size, t.symbols, t.target) for t in (task, test.task))
            if own != other:
                raise ValueError(f"further test {name} must read and answer what task={self.name} does")
        closed = any(test.closed_loop for test in tests.values())
        if closed and not (task.symbols and task.target.kind == "class" and task.target.size <= task.input_size):
            raise ValueError(f"a closed loop needs classes that can be read as symbols, but task={self.name} has none")
        if closed and (self.network.bidirectional or self.network.attention is not None):
            what = "is bidirectional" if self.network.bidirectional else "has attention"
            raise ValueError(f"task.closed_loop must be false for a network that {what}, got true")

    @property
    def test_size(self) -> int:
        """How many sequences it is tested on."""
        assert self.test_sequences is not None
        return self.test_sequences

    @property
    def tests(self) -> list[str]:
        """What a network is tested on beside its test set, by name: further tests, and the validation set."""
        return [*self.task.further_tests(), *([] if self.validation_sequences is None else [VALIDATION])]

    def for_test(self, name: str) -> Job:
        """This job as if one of its `tests` were its own."""
        if name == VALIDATION:
            assert self.validation_sequences is not None
            task = copy.copy(self.task)
            task.test_set = task.training_set if task.validation_set is None else task.validation_set
            network = replace(self.network, task=task)
            return replace(self, network=network, test_sequences=self.validation_sequences)
        task = self.task.further_tests()[name].task
        return self if task is self.task else replace(self, network=replace(self.network, task=task))

    def runs_in_closed_loop(self, test: str | None) -> bool:
        """Whether a network reads what it has named last in a further test; not so in the job's own, None."""
        return test not in (None, VALIDATION) and self.task.further_tests()[test].closed_loop

    @property
    def task(self) -> Task:
        """What is to be remembered."""
        return self.network.task

    @property
    def criterion(self) -> Criterion | None:
        """When a trial counts as having solved its task."""
        criterion = self.task.criterion
        if criterion is None or self.criterion_sequences is None:
            return criterion
        return replace(criterion, sequences=self.criterion_sequences)

    @property
    def max_steps(self) -> int:
        """Training steps in the budget."""
        return math.ceil(self.max_sequences / self.batch_size)

    @property
    def warmup_steps(self) -> int:
        """Training steps over which the learning rate rises."""
        return math.ceil(self.schedule.warmup / self.batch_size)

    def starts_epoch(self, step: int) -> bool:
        """Whether an epoch begins with the batch of this step, 0-based."""
        return step * self.batch_size // self.epoch > (step - 1) * self.batch_size // self.epoch

    @property
    def seeds(self) -> range:
        return range(self.seed, self.seed + self.trials)

    def number_trial(self, seed: int) -> int:
        """Which of the job's trials has a seed, 0-based."""
        return seed - self.seed
