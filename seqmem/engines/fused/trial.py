"""One trial of the compiled engine: its arrays, random streams and struct."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqmem.engines.engine import Trial
from seqmem.engines.fused.flat import Flat, padded
from seqmem.engines.fused.objectives.objective import find_objective
from seqmem.engines.fused.samplers.ahead import count_ahead, join_batches
from seqmem.engines.fused.samplers.draws import addresses
from seqmem.engines.fused.samplers.sampler import Source
from seqmem.engines.fused.samplers.stored import STORED, Stored
from seqmem.engines.fused.structs import TRAIN
from seqmem.job.data import TrainingData, draw_test_indices, draw_test_set, open_test_stream
from seqmem.job.job import VALIDATION, Job
from seqmem.job.optimizer import MEANS, OPTIMIZERS
from seqmem.job.streams import stream

# Where a struct has the addresses of an optimizer's means.
ADDRESSES = {"momentum": "first_mean", "mean": "first_mean", "square": "second_mean"}


def describe(job: Job, struct: Any, mode: int = TRAIN) -> None:
    """Write into a struct what a job says of its data, loss and optimizer."""
    task, target, optimizer, schedule = job.task, job.task.target, job.optimizer, job.schedule
    struct["mode"] = mode
    struct["scored_steps"] = target.count_scored(task.max_length)
    struct["tolerance"] = target.tolerance
    struct["strict_tolerance"] = -1 if task.strict_tolerance is None else task.strict_tolerance
    struct["objective"] = find_objective(target, job.loss).callback.address
    struct["mean_over_sequences"], struct["numbers"] = job.loss.over_sequences, job.loss.count_numbers(target.size)
    struct["last_weight"], struct["label_smoothing"] = job.loss.last_weight, job.loss.label_smoothing
    struct["optimizer"], struct["epoch"] = OPTIMIZERS.index(optimizer.name), job.epoch
    for name in ("lr", "momentum", "beta1", "beta2", "alpha", "eps", "weight_decay", "l1", "reset_every_epoch"):
        struct[name] = getattr(optimizer, name)
    struct["clip"] = np.inf if job.clip is None else job.clip
    struct["error"], struct["floor"] = schedule.error, schedule.floor
    struct["error_batches"] = schedule.batches if schedule.name == "error" else 0
    struct["warmup_steps"] = job.warmup_steps
    struct["cosine_steps"] = max(1, job.max_steps - job.warmup_steps) if schedule.name == "cosine" else 0


class FusedTrial:
    """What one trial owns; the program works on it by the addresses in its struct."""

    def __init__(self, trial: Trial) -> None:
        self.job, self.seed = trial.job, trial.seed
        self.num_parameters = self.job.network.num_parameters
        flat = Flat(self.job.network)
        self.flat = np.zeros(flat.size, np.float32)
        for offset, value in flat.constants.items():
            self.flat[offset : offset + value.size] = value.ravel()
        initial = self.job.network.initial_weights(self.seed)
        self.flat[: self.num_parameters] = self.job.network.pack(initial)
        self.means = {
            name: np.zeros(padded(self.num_parameters), np.float32) for name in MEANS[self.job.optimizer.name]
        }
        self.errors = np.full(self.job.schedule.batches, np.nan)
        marks = self.job.optimizer.mark_penalised(self.job.network.parameters())
        self.penalised = None if marks is None else np.pad(marks, (0, padded(len(marks)) - len(marks)))
        self.data: TrainingData | None = TrainingData(self.job, self.seed)
        # A network whose initial states are zeros draws none: the data's generator stands in for theirs.
        self.draws_states = self.job.network.initial_state == "uniform"
        self.initial_states = stream(self.seed, "training state") if self.draws_states else self.data.rng
        self.test, self.validation = open_test_stream(self.seed), open_test_stream(self.seed, VALIDATION)
        self.test_states = stream(self.seed, "test state") if self.draws_states else self.test
        self.source: Source | None = None  # of a training set
        self.tests: list[Source] = []  # of test sets
        self.indices: NDArray[np.int64] = np.empty(0, np.int64)

    def enter(self, struct: Any) -> None:
        """Write the addresses of the trial's arrays and streams into its struct."""
        struct["weights"], struct["errors"] = self.flat.ctypes.data, self.errors.ctypes.data
        struct["penalised"] = 0 if self.penalised is None else self.penalised.ctypes.data
        for name, mean in self.means.items():
            struct[ADDRESSES[name]] = mean.ctypes.data
        struct["draw"], struct["draw_state"] = addresses(self._data.rng)
        struct["initial_draw"], struct["initial_draw_state"] = addresses(self.initial_states)
        if self._data.set is not None:
            self.source = Source(STORED, Stored.convert(self.job.task, self._data.set))
            self.source.enter(struct)

    @property
    def _data(self) -> TrainingData:
        if self.data is None:
            raise RuntimeError("a retired trial cannot be trained")
        return self.data

    def enter_test(self, struct: Any, job: Job, test: str | None) -> None:
        """Write what draws a test set into the struct of an evaluation.

        Args:
            struct: The evaluation's.
            job: The trial's own, or that of another test.
            test: The name of that.
        """
        struct["weights"] = self.flat.ctypes.data
        struct["draw"], struct["draw_state"] = addresses(self.validation if test == VALIDATION else self.test)
        struct["initial_draw"], struct["initial_draw_state"] = addresses(self.test_states)
        task = job.task
        if task.test_set is not None:
            source = Source(STORED, Stored.convert(task, task.test_set, draw_test_indices(job, self.seed, test)))
            source.enter(struct)
            self.tests.append(source)

    def take_indices(self, steps: int) -> None:
        """Lay out which sequences of a fixed set come in the next `steps` batches."""
        data, count = self._data, steps * self.job.batch_size
        assert self.source is not None
        epochs = [data.order]
        while sum(map(len, epochs)) < count:
            epochs.append(data.draw_epoch())
        self.indices, data.order = np.split(np.concatenate(epochs), [count])
        self.source.set("indices", self.indices)

    def return_indices(self, done: int) -> None:
        """Put back those that a trial that stopped early did not come to."""
        rest = self.indices[done * self.job.batch_size :]
        if len(rest):
            self._data.order = np.concatenate([rest, self._data.order])

    def run_test(self, struct: Any, job: Job, test: str | None, run_steps: Callable[[], None]) -> None:
        """Run the step that the struct of an evaluation wants, on a test set that numpy draws.

        Args:
            struct: The evaluation's.
            job: The trial's own, or that of another test.
            test: The name of that.
            run_steps: Runs as many steps as the struct says then.
        """
        drawn = draw_test_set(job, self.seed, test)
        source = join_batches(job.task, [drawn], job.test_size, "sample_set")
        source.enter(struct)
        run_steps()

    def run_ahead(self, struct: Any, run_steps: Callable[[], None], report: NDArray[np.float32]) -> None:
        """Run the training steps that a struct wants, on batches that numpy draws some at a time.

        Args:
            struct: The trial's.
            run_steps: Runs as many steps as the struct says then.
            report: Into which these write.
        """
        job = self.job
        wanted, column = int(struct["wanted"]), int(struct["report"])
        done = cycles = 0
        while done < wanted and (done == 0 or np.isfinite(report[0, column + done - 1])):
            count = min(count_ahead(job), wanted - done)
            before = self._data.state()
            source = join_batches(job.task, [self._data.next_batch() for _ in range(count)], job.batch_size)
            source.enter(struct)
            struct["wanted"], struct["report"] = count, column + done
            run_steps()
            if struct["done"] < count:  # the trial diverged: what it did not come to was not drawn
                self._data.load_state(before)
                for _ in range(int(struct["done"])):
                    self._data.next_batch()
            done, cycles = done + int(struct["done"]), cycles + int(struct["cycles"])
        struct["wanted"], struct["report"], struct["done"], struct["cycles"] = wanted, column, done, cycles

    def retire(self) -> None:
        self.data, self.source = None, None
        self.means = {}
        self.indices = np.empty(0, np.int64)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        return self.job.network.unpack(self.flat[: self.num_parameters].copy())

    def _initial_states(self) -> np.random.Generator:
        return self.initial_states if self.draws_states else stream(self.seed, "training state")

    def state(self, struct: Any) -> dict[str, Any]:
        return {
            "weights": self.flat[: self.num_parameters].copy(),
            "optimizer": {name: mean[: self.num_parameters].copy() for name, mean in self.means.items()},
            "updates": int(struct["updates"]),
            "errors": self.errors.copy(),
            "data": self._data.state(),
            "initial_state": self._initial_states().bit_generator.state,
            "steps": int(struct["steps"]),
        }

    def load_state(self, struct: Any, state: dict[str, Any]) -> None:
        self.flat[: self.num_parameters] = state["weights"]
        for name, mean in state["optimizer"].items():
            self.means[name][: self.num_parameters] = mean
        self.errors[:] = state["errors"][: len(self.errors)]
        self._data.load_state(state["data"])
        if self.draws_states:
            self.initial_states.bit_generator.state = state["initial_state"]
        struct["updates"], struct["steps"] = state["updates"], state["steps"]
