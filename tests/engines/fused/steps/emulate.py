"""A planned step, run in Python: loops by their very source, with numpy in the place of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqmem.cells import Cell
from seqmem.engines.fused.steps.homes import BASES, Home
from seqmem.engines.fused.steps.instructions import Multiply, Run, Spread, StepPlan
from seqmem.engines.fused.steps.weights import Part
from seqmem.graph import differentiate, evaluate, trace
from seqmem.graph.symbol import Symbol

LANES, BLOCK = 2, 4


def vector_functions() -> dict[str, Any]:
    """What a loop calls, in numpy."""

    def store(lanes, index, value):
        lanes[index : index + LANES] = value

    return {
        "np": np, "f4": float, "LANES": LANES, "BLOCK": BLOCK, "store": store,
        "read_integer": lambda numbers, index: numbers[index],
        "load": lambda lanes, index: lanes[index : index + LANES].copy(),
        "splat": lambda x: np.full(LANES, x),
        "select_less": lambda a, b, x, y: np.where(a < b, x, y),
        "select_equal": lambda a, b, x, y: np.where(a == b, x, y),
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "tanh": np.tanh, "relu": lambda x: np.maximum(x, 0),
        "softplus": lambda x: np.logaddexp(x, 0), "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos,
        "minimum": np.minimum, "maximum": np.maximum, "square_root": np.sqrt, "absolute": np.abs,
    }  # fmt: skip


class Machine:
    """One flat memory, with the rows of one step and all else that it needs, NaN at first."""

    def __init__(self, plan: StepPlan) -> None:
        sizes = {"fixed": plan.fixed_rows, "earlier": plan.kept_rows, "kept": plan.kept_rows}
        sizes |= dict.fromkeys(BASES[2:], sum(plan.states.sizes))
        starts = np.cumsum([0, *sizes.values()]) * BLOCK
        self.bases = dict(zip(sizes, starts.tolist(), strict=False))
        self.lanes = np.full(starts[-1] + BLOCK, np.nan)

    def rows(self, home: Home, size: int) -> np.ndarray:
        base = self.bases["kept" if home.base == "memory" else home.base]
        start = base + home.row * BLOCK
        return self.lanes[start : start + size * BLOCK].reshape(size, BLOCK)

    def run(self, instructions, weights: dict[str, np.ndarray]) -> None:
        for item in instructions:
            if isinstance(item, Spread):
                self.rows(item.y, item.part.size)[:] = cut(weights, item.part).reshape(-1, 1)
            elif isinstance(item, Multiply):
                y = self.rows(item.y, item.rows)
                start = {"add": y.copy(), "zero": 0.0}.get(item.start)
                matrix = cut(weights, item.part)
                product = (matrix.T if item.part.turned else matrix) @ self.rows(item.x, item.columns)
                y[:] = product + (cut(weights, item.bias) if start is None else start)
            else:
                assert isinstance(item, Run)
                space = vector_functions()
                exec(item.source.text, space)
                shift = self.bases["earlier"] - self.bases["kept"]

                def offset(home: Home, shift: int = shift) -> int:
                    return home.row * BLOCK + shift * (home.base == "earlier")  # the fixed rows begin at 0

                numbers = item.source.list_numbers(BLOCK, offset)
                space["loop"](self.lanes, numbers, *(self.bases[base] for base in BASES[1:]))


def cut(weights: dict[str, np.ndarray], part: Part) -> np.ndarray:
    whole = weights[part.name].reshape(-1, part.width)
    return whole[part.row : part.row + part.rows, part.column : part.column + part.columns]


def assert_planned_right(cell: Cell, hidden_size: int, plan: StepPlan, seed: int = 0) -> None:
    """States and gradients, beside those of the graph."""
    step = trace(cell, hidden_size)
    gradients = differentiate(step)
    rng = np.random.default_rng(seed)
    leaves = [step.x, *step.before, *gradients.after]
    lanes = [rng.normal(size=(BLOCK, *leaf.node.shape)) for leaf in leaves]
    weights = {name: rng.normal(size=leaf.node.shape) for name, leaf in step.weights.items()}
    given = {leaf.index: value for leaf, value in zip(leaves, lanes, strict=True)}
    given |= {step.weights[name].index: value for name, value in weights.items()}

    machine, states = Machine(plan), plan.states
    count = len(states.sizes)
    x = lanes[0].T.copy()
    for fold in plan.folds:
        x[fold.x : fold.x + fold.part.rows] += cut(weights, fold.part)
    given_x = machine.rows(Home("kept", 0), plan.gate_rows)
    given_x[:] = x
    for state, size in enumerate(states.sizes):
        machine.rows(states.before(state), size)[:] = lanes[1 + state].reshape(BLOCK, -1).T
        machine.rows(states.gradient("carry", state), size)[:] = lanes[1 + count + state].reshape(BLOCK, -1).T
    # What is folded into the input is not in it in the graph: there it is added by the step.
    machine.run([*plan.begin, *plan.forward], weights)
    for state, expected in enumerate(evaluate(step.after, given)):
        check(machine.rows(states.after(state), states.sizes[state]), expected, step.before[state])
    machine.lanes[: plan.fixed_rows * BLOCK] = np.nan  # other steps have come in between
    machine.run([*plan.begin, *plan.backward], weights)
    for state, expected in enumerate(evaluate(gradients.before, given)):
        check(machine.rows(states.gradient("next", state), states.sizes[state]), expected, step.before[state])
    check(given_x, evaluate([gradients.x], given)[0], step.x)

    found = {name: np.zeros(value.shape) for name, value in weights.items()}
    for item in plan.gradients:
        own = cut(found, item.part)
        if item.columns is None:
            own += machine.rows(item.rows, item.part.size).sum(1).reshape(own.shape)
        else:
            own += machine.rows(item.rows, item.part.rows) @ machine.rows(item.columns, item.part.columns).T
    for fold in plan.folds:
        cut(found, fold.part)[:] += given_x[fold.x : fold.x + fold.part.rows].sum(1, keepdims=True)
    for name, value in found.items():
        expected = evaluate([gradients.weights[name]], given)[0] if name in gradients.weights else 0.0
        np.testing.assert_allclose(value, np.broadcast_to(expected, value.shape), rtol=1e-8, atol=1e-10, err_msg=name)


def check(found: np.ndarray, expected: np.ndarray, leaf: Symbol) -> None:
    """Rows beside (B, ..), shaped as a leaf."""
    whole = np.broadcast_to(expected, (BLOCK, *leaf.node.shape)).reshape(BLOCK, -1)
    np.testing.assert_allclose(found, whole.T, rtol=1e-8, atol=1e-10)
