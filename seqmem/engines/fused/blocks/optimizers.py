"""What turns a gradient into new weights: one update of a trial, as torch.optim does it.

Everything runs over whole vectors: the padding behind the last weight has a gradient of zero.
"""

from __future__ import annotations

import math

import numpy as np

from seqmem.engines.fused.compiling import compiled, inlined
from seqmem.engines.fused.memory import float32_at, float64_at
from seqmem.engines.fused.simd.target import LANES
from seqmem.engines.fused.simd.types import Floats, Number, Struct, Vec
from seqmem.engines.fused.simd.vector import load, multiply_add, select_less, splat, square_root, store, sum_lanes
from seqmem.job.optimizer import OPTIMIZERS

f4 = np.float32

SGD, ADAM, ADAMW, RMSPROP, LION = (OPTIMIZERS.index(name) for name in ("sgd", "adam", "adamw", "rmsprop", "lion"))


@compiled
def start_epoch(trial: Struct) -> None:
    """Forget the means where an epoch begins, if the optimizer is to."""
    step, batch_size, epoch = trial.steps, trial.batch_size, trial.epoch
    if not trial.reset_every_epoch or not (step == 0 or step * batch_size // epoch > (step - 1) * batch_size // epoch):
        return
    for address in (trial.first_mean, trial.second_mean):
        if address != 0:
            means = float32_at(address, trial.num_parameters)
            for i in range(0, trial.num_parameters, LANES):
                store(means, i, splat(f4(0.0)))
    trial.updates = 0


@compiled
def update(trial: Struct, weights: Floats, lanes: Floats, mean_error: Number) -> None:
    """Update the weights from the gradient in the workspace.

    Args:
        mean_error: Of the batch that gave the gradient.
    """
    lr = _scheduled_lr(trial, mean_error)
    _clip(trial, lanes)
    trial.updates += 1
    decay = trial.weight_decay
    shrink, l2 = f4(1.0), f4(decay)
    if trial.optimizer == ADAMW or trial.optimizer == LION:
        shrink, l2 = f4(1.0 - lr * decay), f4(0.0)
    if trial.penalised != 0:
        _penalise(trial, weights, lanes, l2, f4(1.0) - shrink)
        shrink, l2 = f4(1.0), f4(0.0)
    if trial.optimizer == SGD:
        _update_sgd(trial, weights, lanes, f4(lr), l2)
    elif trial.optimizer == RMSPROP:
        _update_rmsprop(trial, weights, lanes, f4(lr), l2)
    elif trial.optimizer == LION:
        _update_lion(trial, weights, lanes, f4(lr), shrink)
    else:
        _update_adam(trial, weights, lanes, lr, l2, shrink)


@compiled
def _penalise(trial: Struct, weights: Floats, lanes: Floats, l2: Number, decay: Number) -> None:
    """Add the penalties of those weights that have any to the gradient, or shrink them by a share of themselves."""
    marks = float32_at(trial.penalised, trial.num_parameters)
    l1 = splat(f4(trial.l1))
    for i in range(0, trial.num_parameters, LANES):
        weight, mark, gradient = load(weights, i), load(marks, i), load(lanes, trial.gradient + i)
        penalty = multiply_add(splat(l2), weight, l1 * _sign(weight))
        store(lanes, trial.gradient + i, multiply_add(mark, penalty, gradient))
        store(weights, i, weight - splat(decay) * (mark * weight))


@inlined
def _sign(x: Vec) -> Vec:
    zero, one = splat(f4(0.0)), splat(f4(1.0))
    return select_less(zero, x, one, zero) - select_less(x, zero, one, zero)


@compiled
def _update_lion(trial: Struct, weights: Floats, lanes: Floats, lr: Number, shrink: Number) -> None:
    beta1, rest1 = splat(f4(trial.beta1)), splat(f4(1.0 - trial.beta1))
    beta2, rest2 = splat(f4(trial.beta2)), splat(f4(1.0 - trial.beta2))
    means = float32_at(trial.first_mean, trial.num_parameters)
    for i in range(0, trial.num_parameters, LANES):
        gradient, mean = load(lanes, trial.gradient + i), load(means, i)
        direction = _sign(multiply_add(beta1, mean, rest1 * gradient))
        store(means, i, multiply_add(beta2, mean, rest2 * gradient))
        store(weights, i, splat(shrink) * load(weights, i) - splat(lr) * direction)


@compiled
def _update_sgd(trial: Struct, weights: Floats, lanes: Floats, lr: Number, l2: Number) -> None:
    means = float32_at(trial.first_mean, trial.num_parameters)
    momentum = splat(f4(trial.momentum))
    for i in range(0, trial.num_parameters, LANES):
        weight = load(weights, i)
        gradient = multiply_add(splat(l2), weight, load(lanes, trial.gradient + i))
        mean = multiply_add(momentum, load(means, i), gradient)
        store(means, i, mean)
        store(weights, i, weight - splat(lr) * mean)


@compiled
def _update_rmsprop(trial: Struct, weights: Floats, lanes: Floats, lr: Number, l2: Number) -> None:
    squares = float32_at(trial.second_mean, trial.num_parameters)
    alpha, rest = splat(f4(trial.alpha)), splat(f4(1.0 - trial.alpha))
    eps = splat(f4(trial.eps))
    for i in range(0, trial.num_parameters, LANES):
        weight = load(weights, i)
        gradient = multiply_add(splat(l2), weight, load(lanes, trial.gradient + i))
        square = multiply_add(alpha, load(squares, i), rest * (gradient * gradient))
        store(squares, i, square)
        store(weights, i, weight - splat(lr) * gradient / (square_root(square) + eps))


@compiled
def _update_adam(trial: Struct, weights: Floats, lanes: Floats, lr: Number, l2: Number, shrink: Number) -> None:
    # In float64: in float32 1 - beta is off by 1e-5 for beta = .999.
    beta1, rest1 = splat(f4(trial.beta1)), splat(f4(1.0 - trial.beta1))
    beta2, rest2 = splat(f4(trial.beta2)), splat(f4(1.0 - trial.beta2))
    step_size = splat(f4(lr / (1.0 - trial.beta1**trial.updates)))
    scale = splat(f4(1.0) / f4(math.sqrt(1.0 - trial.beta2**trial.updates)))
    eps = splat(f4(trial.eps))
    means = float32_at(trial.first_mean, trial.num_parameters)
    squares = float32_at(trial.second_mean, trial.num_parameters)
    for i in range(0, trial.num_parameters, LANES):
        weight = load(weights, i)
        gradient = multiply_add(splat(l2), weight, load(lanes, trial.gradient + i))
        mean = multiply_add(beta1, load(means, i), rest1 * gradient)
        square = multiply_add(beta2, load(squares, i), rest2 * (gradient * gradient))
        store(means, i, mean)
        store(squares, i, square)
        direction = step_size * mean / multiply_add(square_root(square), scale, eps)
        store(weights, i, splat(shrink) * weight - direction)


@compiled
def _clip(trial: Struct, lanes: Floats) -> None:
    """Shorten the gradient to the largest norm, as torch.nn.utils.clip_grad_norm_ does."""
    if trial.clip == np.inf:
        return
    squares = splat(f4(0.0))
    for offset in range(trial.gradient, trial.gradient + trial.num_parameters, LANES):
        part = load(lanes, offset)
        squares = multiply_add(part, part, squares)
    norm = math.sqrt(sum_lanes(squares))
    factor = splat(f4(min(trial.clip / (norm + 1e-6), 1.0)))
    for offset in range(trial.gradient, trial.gradient + trial.num_parameters, LANES):
        store(lanes, offset, load(lanes, offset) * factor)


@inlined
def _scheduled_lr(trial: Struct, mean_error: Number) -> Number:
    """The learning rate of the step."""
    lr = _lr_by_error(trial, mean_error)
    if trial.steps < trial.warmup_steps:
        return lr * (trial.steps + 1) / trial.warmup_steps
    if trial.cosine_steps > 0:
        done = min(1.0, (trial.steps - trial.warmup_steps) / trial.cosine_steps)
        return lr * (trial.floor + (1.0 - trial.floor) * 0.5 * (1.0 + math.cos(math.pi * done)))
    return lr


@inlined
def _lr_by_error(trial: Struct, mean_error: Number) -> Number:
    """The learning rate by the mean error of the last batches, newest first; NaN where there were none."""
    if trial.error_batches == 0:
        return trial.lr
    errors = float64_at(trial.errors, trial.error_batches)
    for batch in range(trial.error_batches - 1, 0, -1):
        errors[batch] = errors[batch - 1]
    errors[0] = mean_error
    total, count = 0.0, 0
    for error in errors:
        if not math.isnan(error):
            total += error
            count += 1
    return trial.lr * max(min(total / count / trial.error, 1.0), trial.floor)
