"""A stack of cells beside torch.nn's cells, one for each trial."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from seqmem.cells import Cell

M, B, I, H = 3, 4, 5, 6  # noqa: E741


def step_both(cell: Cell, build: Callable[[], nn.Module]) -> tuple[list[Tensor], list[Tensor]]:
    """States and gradients after one step: of the cell's stack, and of torch.nn's cells.

    Gradients are those of a weighted sum of all states, by every weight, the input and the
    states before the step.
    """
    torch.manual_seed(0)
    modules = [build().double() for _ in range(M)]
    x = torch.randn(M, B, I, dtype=torch.float64, requires_grad=True)
    state = tuple(torch.randn(M, B, H, dtype=torch.float64, requires_grad=True) for _ in cell.states)
    sizes = torch.randn(len(state), M, B, H, dtype=torch.float64)

    names = list(cell.parameters(I, H))
    stacked = {
        name: torch.stack([module.get_parameter(name).detach() for module in modules]).requires_grad_()
        for name in names
    }
    weights = {name: value.unsqueeze(1) if value.dim() == 2 else value for name, value in stacked.items()}
    ours = cell.step(weights["bias_ih"] + x @ weights["weight_ih"].mT, state, weights)
    inputs = [*stacked.values(), x, *state]
    our_gradients = torch.autograd.grad(sum((s * size).sum() for s, size in zip(ours, sizes, strict=True)), inputs)

    theirs = []
    for m, module in enumerate(modules):
        before = tuple(s[m] for s in state)
        after = module(x[m], before if len(before) > 1 else before[0])
        theirs.append(after if isinstance(after, tuple) else (after,))
    next_states = [torch.stack(column) for column in zip(*theirs, strict=True)]
    total = sum((s * size).sum() for s, size in zip(next_states, sizes, strict=True))
    parameters = [module.get_parameter(name) for name in names for module in modules]
    gradients = torch.autograd.grad(total, [*parameters, x, *state])
    by_name = [torch.stack(gradients[index * M : index * M + M]) for index in range(len(names))]
    return [*ours, *our_gradients], [*next_states, *by_name, *gradients[len(parameters) :]]


def assert_steps_alike(cell: Cell, build: Callable[[], nn.Module]) -> None:
    for ours, theirs in zip(*step_both(cell, build), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-14)
