"""A traced step and its gradients beside torch's autograd, in float64."""

from __future__ import annotations

import numpy as np
import torch

from seqmem.cells import Cell
from seqmem.graph import differentiate, evaluate, trace

B = 3


def assert_like_torch(cell: Cell, hidden_size: int, seed: int = 0) -> None:
    """Every state, and the gradient of each by the input, the states before and all weights."""
    step = trace(cell, hidden_size)
    gradients = differentiate(step)
    rng = np.random.default_rng(seed)
    leaves = {"x": step.x, **{f"state {i}": s for i, s in enumerate(step.before)}, **step.weights}
    values = {
        name: rng.normal(size=(B, *leaf.node.shape) if leaf.node.laned else leaf.node.shape)
        for name, leaf in leaves.items()
    }
    sizes = [rng.normal(size=(B, *leaf.node.shape)) for leaf in gradients.after]
    given = {leaves[name].index: value for name, value in values.items()}
    given |= {leaf.index: size for leaf, size in zip(gradients.after, sizes, strict=True)}

    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in values.items()}
    weights = {name: tensors[name][None] if leaf.matrix else tensors[name][None, None]
               for name, leaf in step.weights.items()}  # fmt: skip
    state = tuple(tensors[f"state {i}"][None] for i in range(len(step.before)))
    after = cell.step(tensors["x"][None], state, weights)
    for ours, theirs in zip(evaluate(step.after, given), after, strict=True):
        np.testing.assert_allclose(np.broadcast_to(ours, theirs[0].shape), theirs[0].detach(), rtol=1e-9, atol=1e-11)

    total = sum((new * torch.tensor(size)).sum() for new, size in zip(after, sizes, strict=True))
    total = total + 0 * sum(tensor.sum() for tensor in tensors.values())  # of what is constant there is a gradient too
    found = {"x": gradients.x, **{f"state {i}": s for i, s in enumerate(gradients.before)}, **gradients.weights}
    theirs = torch.autograd.grad(total, list(tensors.values()), allow_unused=True, materialize_grads=True)
    ours = dict(zip(found, evaluate(found.values(), given), strict=True))
    for name, expected in zip(tensors, theirs, strict=True):
        if name in step.weights and name not in step.trained:
            continue
        gradient = np.broadcast_to(ours.get(name, 0.0), expected.shape)
        np.testing.assert_allclose(gradient, expected, rtol=1e-8, atol=1e-10, err_msg=name)
