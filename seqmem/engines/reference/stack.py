"""A stack of trials as the reference engine trains it: torch with a leading trial axis, any cell, any device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqmem.engines.engine import Evaluation, Trace, Trial
from seqmem.engines.reference.closed_loop import evaluate_in_closed_loop
from seqmem.engines.reference.duration import count_parts
from seqmem.engines.reference.footprint import BLOCK
from seqmem.engines.reference.forward import run, run_layers, state_size
from seqmem.engines.reference.objective import compute_loss, compute_scores, to_outputs
from seqmem.engines.reference.optimizer import StackedOptimizer
from seqmem.engines.reference.recurrence import project
from seqmem.engines.reference.stacking import stack_key
from seqmem.engines.reference.threads import SideBySide, on_one_thread
from seqmem.engines.report import Report, Steps
from seqmem.engines.tracing import measure_gradient
from seqmem.job.data import TrainingData, draw_test_set
from seqmem.job.job import Job
from seqmem.job.streams import stream
from seqmem.machine import count_cores
from seqmem.tasks.task import Sequences


class ReferenceStack:
    """Trains its trials in one batched computation; see `seqmem.engines.engine.Stack`.

    Args:
        trials: Trials whose jobs have the same `stack_key`.
        device: `cpu` or `cuda`.
        dtype: Of weights and computation; float64 in tests.
        threads: On how many a large stack may be trained, in parts; as many as the process may
            use cores, unless given.
    Raises:
        ValueError: if the jobs cannot share a stack.
    """

    def __init__(
        self,
        trials: Sequence[Trial],
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
        threads: int | None = None,
    ) -> None:
        if len({stack_key(trial.job) for trial in trials}) != 1:
            raise ValueError("trials of a reference stack must have networks, losses and optimizers of one shape")
        self.device = device
        self.dtype = dtype
        self.trials = list(trials)
        self.job = trials[0].job
        self.network = self.job.network
        initial = [trial.job.network.initial_weights(trial.seed) for trial in trials]
        packed = np.stack([self.network.pack(weights) for weights in initial])
        self.flat = torch.from_numpy(packed).to(device, dtype)  # M, P
        self.optimizer = StackedOptimizer([trial.job for trial in trials], self.flat.shape[1], device, dtype)
        self.data: list[TrainingData | None] = [TrainingData(trial.job, trial.seed) for trial in trials]
        self.initial_states = [stream(trial.seed, "training state") for trial in trials]
        self.steps_done = [0] * len(trials)
        self.threads = (threads or count_cores()) if device == "cpu" else 1
        self.side_by_side = SideBySide(self.threads)

    @on_one_thread()
    def advance(self, steps: Sequence[int]) -> Report:
        rows = [row for row, wanted in enumerate(steps) if wanted]
        results: dict[int, Steps] = {}
        if rows:
            count = min(steps[row] for row in rows)
            num_parts = count_parts(self.job, len(rows), self.threads)
            parts = [rows[start::num_parts] for start in range(num_parts)]
            tables = self.side_by_side.map(lambda part: self._advance(part, count), parts)
            for part, table in zip(parts, tables, strict=True):
                results |= {row: _as_steps(table[:, :, index]) for index, row in enumerate(part)}
        return Report.join([results.get(row, _as_steps(np.empty((0, 4)))) for row in range(len(self.trials))])

    def _advance(self, rows: list[int], count: int) -> NDArray[Any]:
        """Train some trials by `count` steps; returns what each reported, (count, 4, R)."""
        index = torch.tensor(rows, device=self.device)
        weights = self.flat[index]  # R, P
        reports = []
        for _ in range(count):
            self._start_epochs(rows)
            reports.append(self._step(rows, index, weights))
            for row in rows:
                self.steps_done[row] += 1
        self.flat[index] = weights
        return torch.stack(reports).cpu().numpy()

    def _start_epochs(self, rows: list[int]) -> None:
        """Reset the optimizers of trials that begin an epoch, where they are to be reset."""
        if not self.job.optimizer.reset_every_epoch:
            return
        starting = [row for row in rows if self.trials[row].job.starts_epoch(self.steps_done[row])]
        if starting:
            self.optimizer.reset(torch.tensor(starting, device=self.device))

    def _step(self, rows: list[int], index: Tensor, weights: Tensor) -> Tensor:
        """Train one batch and return loss, wrong, largest and mean error, (4, R)."""
        batch = [self._data(row).next_batch() for row in rows]
        inputs, lengths, targets = self._collate(batch)
        initial = self._draw_initial([self.initial_states[row] for row in rows], self.job.batch_size)
        leaf = weights.detach().requires_grad_()
        raw = run(self.network, self.network.unpack(leaf), inputs, lengths, initial)
        loss = compute_loss(raw, targets, lengths, self.job.task.target, self.job.loss)
        (gradient,) = torch.autograd.grad(loss.sum(), leaf)
        with torch.no_grad():
            scores = compute_scores(raw, targets, lengths, self.job.task.target)
            self.optimizer.update(index, weights, gradient, scores.mean_error, [self.steps_done[row] for row in rows])
            project(self.network, self.network.unpack(weights))
            wrong = scores.wrong.sum(1).to(loss.dtype)
            return torch.stack([loss, wrong, scores.largest_error.amax(1), scores.mean_error])

    def retire(self, trial: int) -> None:
        self.data[trial] = None

    @on_one_thread()
    def evaluate(self, trials: Sequence[int], test: str | None = None) -> list[Evaluation]:
        return [self._evaluate(trial, self.trials[trial].job, test) for trial in trials]

    @torch.no_grad()
    def _evaluate(self, trial: int, job: Job, test: str | None) -> Evaluation:
        job, closed = (job, False) if test is None else (job.for_test(test), job.runs_in_closed_loop(test))
        if closed:
            return evaluate_in_closed_loop(job, self.weights(trial), self.trials[trial].seed)
        task = job.task
        test_set = draw_test_set(job, self.trials[trial].seed, test)
        _, lengths, targets = self._collate([test_set])
        raw = self._run_in_blocks(trial, test_set).unsqueeze(0)
        loss = compute_loss(raw, targets, lengths, task.target, self.job.loss)
        scores = compute_scores(raw, targets, lengths, task.target)
        outside = None
        if task.strict_tolerance is not None:
            outside = len(test_set) - int((scores.largest_error <= task.strict_tolerance).sum())
        answer_error = float(scores.answer_error) if task.target.scores_several else None
        return Evaluation(float(loss), int(scores.wrong.sum()), outside, answer_error)

    @on_one_thread()
    @torch.no_grad()
    def predict(self, trial: int, sequences: Sequences) -> NDArray[np.float32]:
        raw = self._run_in_blocks(trial, sequences)
        return to_outputs(raw, self.job.task.target).float().cpu().numpy()

    def _run_in_blocks(self, trial: int, sequences: Sequences) -> Tensor:
        """Raw outputs of one trial for any number of sequences, (n, K) or (n, T, K)."""
        rng = stream(self.trials[trial].seed, "test state")
        weights = self.network.unpack(self.flat[trial : trial + 1])
        outputs = []
        for start in range(0, len(sequences), BLOCK):
            block = sequences[start : start + BLOCK]
            inputs, lengths, _ = self._collate([block])
            initial = self._draw_initial([rng], len(block))
            outputs.append(run(self.network, weights, inputs, lengths, initial)[0])
        return torch.cat(outputs)

    @on_one_thread()
    def trace(self, trial: int, sequence: Sequences) -> Trace:
        network, target = self.network, self.job.task.target
        inputs, lengths, targets = self._collate([sequence])
        weights = self.network.unpack(self.flat[trial : trial + 1])
        gates: list[Tensor] = []
        initial = self._draw_initial([stream(self.trials[trial].seed, "test state")], 1)
        raw = run(network, weights, inputs, lengths, initial, gates)
        if target.every_step:
            steps = torch.arange(raw.shape[2], device=self.device)
            raw = torch.where((steps == lengths.unsqueeze(-1) - 1).unsqueeze(-1), raw, raw.detach())
        loss = compute_loss(raw, targets, lengths, target, self.job.loss)
        gradient = torch.cat(torch.autograd.grad(loss.sum(), gates), dim=-1)  # 1, 1, T, G
        with torch.no_grad():
            hidden = run_layers(network, weights, inputs, lengths, initial)
        first = [weights[f"recurrent.weight_ih{layer.suffix}"][0] for layer in network.layers if layer.depth == 0]
        valid = int(lengths)
        gradient_norm = measure_gradient(gradient[0, 0, :valid].cpu().numpy(), torch.cat(first).cpu().numpy())
        hidden_states = hidden[0, 0, :valid].cpu().numpy()
        return Trace(gradient_norm.astype(hidden_states.dtype), hidden_states)

    def weights(self, trial: int) -> dict[str, NDArray[np.float32]]:
        named = self.network.unpack(self.flat[trial : trial + 1])
        return {name: value[0].float().cpu().numpy().copy() for name, value in named.items()}

    def state(self, trial: int) -> dict[str, Any]:
        return self.optimizer.state(trial) | {
            "weights": self.flat[trial].cpu().numpy().copy(),
            "data": self._data(trial).state(),
            "initial_state": self.initial_states[trial].bit_generator.state,
            "steps": self.steps_done[trial],
        }

    def load_state(self, trial: int, state: dict[str, Any]) -> None:
        self.optimizer.load_state(trial, state)
        self.flat[trial] = torch.tensor(state["weights"])
        self._data(trial).load_state(state["data"])
        self.initial_states[trial].bit_generator.state = state["initial_state"]
        self.steps_done[trial] = state["steps"]

    def _data(self, trial: int) -> TrainingData:
        data = self.data[trial]
        if data is None:
            raise RuntimeError(f"trial {trial} is retired and cannot be trained")
        return data

    def _collate(self, batches: list[Sequences]) -> tuple[Tensor, Tensor, Tensor]:
        """Stack the trials' batches, padded to the longest: inputs, lengths and targets on the device."""
        inputs = _stack_padded([batch.inputs for batch in batches])
        targets = _stack_padded([batch.targets for batch in batches])
        lengths = np.stack([batch.lengths for batch in batches])
        beyond = np.arange(inputs.shape[2]) >= lengths[..., None]
        inputs[beyond] = 0  # whatever a task left there, even NaN
        if self.job.task.target.targets_every_step:
            targets[beyond] = 0
        whole = self.job.task.target.answers.whole
        return (
            torch.from_numpy(inputs).to(self.device, torch.int64 if self.job.task.symbols else self.dtype),
            torch.from_numpy(lengths).to(self.device, torch.int64),
            torch.from_numpy(targets).to(self.device, torch.int64 if whole else self.dtype),
        )

    def _draw_initial(self, generators: list[np.random.Generator], batch_size: int) -> Tensor | None:
        if self.network.initial_state == "zeros":
            return None
        size = (batch_size, state_size(self.network))
        drawn = np.stack([rng.random(size) for rng in generators])
        return torch.from_numpy(drawn).to(self.device, self.dtype)


def _as_steps(table: NDArray[Any]) -> Steps:
    """Turn rows of loss, wrong, largest and mean error into a report that ends at divergence."""
    diverged = np.flatnonzero(~np.isfinite(table[:, 0]))
    table = table[: diverged[0] + 1] if len(diverged) else table
    numbers = table.astype(np.float32)
    return Steps(numbers[:, 0], table[:, 1].astype(np.int64), numbers[:, 2], numbers[:, 3])


def _stack_padded(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """Stack arrays (B, ..) that may differ in the length of their second axis."""
    longest = max(array.shape[1:2] for array in arrays)
    if any(array.shape[1:2] != longest for array in arrays):
        width = longest[0]
        arrays = [np.pad(a, [(0, 0), (0, width - a.shape[1])] + [(0, 0)] * (a.ndim - 2)) for a in arrays]
    return np.stack(arrays)
