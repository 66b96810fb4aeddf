"""JAX: one trial's training step, vmapped over trials and compiled; time is a lax.scan."""

# mypy: disable-error-code="no-untyped-call,no-any-return"

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax
from numpy.typing import NDArray

from benchmarks.learner import Learner, group_by_job
from benchmarks.stacking import StackedData, stack_weights
from seqmem.engines.engine import Trial
from seqmem.job.network import Layer, Network

Weights = dict[str, Array]
LONG = 50  # from so many steps on, XLA is faster with one-hot products and several training steps a call
STEPS_A_CALL = 5


class JaxVmap(Learner):
    """A compiled function for each job, as trials of equal shape share it; XLA uses all cores it finds."""

    def __init__(self, trials: Sequence[Trial], threads: int) -> None:
        super().__init__(trials, threads)
        self.stacks = [_Stack(group) for group in group_by_job(self.trials).values()]

    def advance(self, steps: int) -> NDArray[np.float32]:
        started = [stack.start(steps) for stack in self.stacks]
        return np.concatenate([np.concatenate(losses).T for losses in jax.block_until_ready(started)])

    def num_parameters(self) -> list[int]:
        counts = []
        for stack in self.stacks:
            counts += [sum(value[0].size for value in stack.weights.values())] * stack.num_trials
        return counts


class _Stack:
    def __init__(self, trials: Sequence[Trial]) -> None:
        self.num_trials = len(trials)
        job = trials[0].job
        self.long = job.task.max_length >= LONG
        self.weights: Weights = {name: jnp.asarray(value) for name, value in stack_weights(trials).items()}
        optimizer = optax.adam(job.optimizer.lr)
        self.means: Any = optimizer.init(self.weights)
        self.data = StackedData(trials)
        gradients = jax.vmap(jax.value_and_grad(partial(compute_loss, job.network, self.long)))

        def step(carry: tuple[Weights, Any], batch: tuple[Array, ...]) -> tuple[tuple[Weights, Any], Array]:
            weights, means = carry
            losses, gradient = gradients(weights, *batch)
            updates, means = optimizer.update(gradient, means)
            return (optax.apply_updates(weights, updates), means), losses

        self.steps: Callable[..., Any] = jax.jit(
            lambda carry, batches: lax.scan(step, carry, batches), donate_argnums=0
        )
        self.step: Callable[..., Any] = jax.jit(step, donate_argnums=0)

    def start(self, steps: int) -> list[Array]:
        """Begin to train; returns losses, (steps, M) in parts, that may still have to be computed."""
        losses = []
        carry = self.weights, self.means
        while steps:
            count = STEPS_A_CALL if self.long and steps >= STEPS_A_CALL else 1
            drawn = [tuple(vars(self.data.next_batch()).values()) for _ in range(count)]
            if count > 1:
                carry, loss = self.steps(carry, tuple(np.stack(parts) for parts in zip(*drawn, strict=True)))
            else:
                carry, loss = self.step(carry, drawn[0])
                loss = loss[None]
            losses.append(loss)
            steps -= count
        self.weights, self.means = carry
        return losses


def compute_loss(
    network: Network, one_hot: bool, weights: Weights, inputs: Array, lengths: Array, targets: Array
) -> Array:
    """The mean loss of one trial's batch."""
    answers = run(network, one_hot, weights, inputs, lengths)
    if network.task.target.kind == "bits":
        return optax.sigmoid_binary_cross_entropy(answers, targets).mean()
    return optax.softmax_cross_entropy_with_integer_labels(answers, targets.astype(jnp.int32)).mean()


def run(network: Network, one_hot: bool, weights: Weights, inputs: Array, lengths: Array) -> Array:
    """Answers of one trial to (B, T) symbols or (B, T, I) features: (B, O), or (B, T, O)."""
    inputs = inputs.swapaxes(0, 1)
    valid = jnp.arange(len(inputs))[:, None] < lengths  # (T, B)
    embedded = weights["embedding.weight"][inputs] if network.embedding_size else inputs
    symbols = network.task.symbols and not network.embedding_size
    states: list[Array] = []
    for depth in range(len(network.hidden_sizes)):
        outputs, states = [], []
        for layer in (layer for layer in network.layers if layer.depth == depth):
            weight, bias = (weights[f"recurrent.{name}_ih{layer.suffix}"] for name in ("weight", "bias"))
            if depth or not symbols:
                x = embedded @ weight.T + bias
            elif one_hot:
                x = jax.nn.one_hot(inputs, network.input_size) @ weight.T + bias
            else:
                x = weight.T[inputs] + bias
            state, sequence = scan_layer(network, layer, weights, x, valid)
            states.append(state)
            outputs.append(sequence)
        embedded = jnp.concatenate(outputs, -1)
    top = embedded.swapaxes(0, 1) if network.task.target.every_step else jnp.concatenate(states, -1)
    return top @ weights["readout.weight"].T + weights["readout.bias"]


def scan_layer(network: Network, layer: Layer, weights: Weights, x: Array, valid: Array) -> tuple[Array, Array]:
    """The last state, (B, H), and all outputs, (T, B, H); masked only where sequences may be shorter."""
    weight, bias = (weights[f"recurrent.{name}_hh{layer.suffix}"] for name in ("weight", "bias"))
    cell = STEPS[type(network.cell).__name__]
    masks = getattr(network.task, "min_length", network.task.max_length) < network.task.max_length

    def step(state: tuple[Array, Array], now: tuple[Array, Array]) -> tuple[tuple[Array, Array], Array]:
        x_t, valid_t = now
        new = cell(x_t, *state, weight.T, bias)
        if masks:
            new = jax.tree.map(partial(jnp.where, valid_t[:, None]), new, state)
        return new, new[0]

    zeros = jnp.zeros((x.shape[1], layer.hidden_size))
    (h, _), sequence = lax.scan(step, (zeros, zeros), (x, valid), reverse=layer.reverse)
    return h, sequence


def _step_rnn(x: Array, h: Array, c: Array, weight: Array, bias: Array) -> tuple[Array, Array]:
    return jnp.tanh(x + h @ weight + bias), c


def _step_lstm(x: Array, h: Array, c: Array, weight: Array, bias: Array) -> tuple[Array, Array]:
    i, f, g, o = jnp.split(x + h @ weight + bias, 4, -1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def _step_gru(x: Array, h: Array, c: Array, weight: Array, bias: Array) -> tuple[Array, Array]:
    size = 2 * h.shape[-1]
    recurrent = h @ weight + bias
    r, z = jnp.split(jax.nn.sigmoid(x[:, :size] + recurrent[:, :size]), 2, -1)
    n = jnp.tanh(x[:, size:] + r * recurrent[:, size:])
    return n + z * (h - n), c


STEPS = {"RNN": _step_rnn, "LSTM": _step_lstm, "GRU": _step_gru}
