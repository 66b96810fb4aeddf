"""A cell's step, planned: what is kept, in which order all is computed, and where it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from seqmem.cells.cell import Cell
from seqmem.engines.fused.steps.errors import UncompiledError
from seqmem.engines.fused.steps.homes import Home, States
from seqmem.engines.fused.steps.instructions import Fold, StepPlan
from seqmem.engines.fused.steps.planner import Planner, Target
from seqmem.engines.fused.steps.weights import Contribution, find_part, list_contributions
from seqmem.graph import Step, differentiate, trace
from seqmem.graph.bounds import grows_slowly
from seqmem.graph.nodes import Graph
from seqmem.graph.sums import Sums
from seqmem.graph.symbol import Symbol


def plan_step(cell: Cell, hidden_size: int) -> StepPlan:
    """Plan a cell's step in layers of a width.

    Raises:
        UntraceableError: if the step cannot be traced.
        UncompiledError: if there is in it what is not compiled.
    """
    step = trace(cell, hidden_size)
    sizes = tuple(math.prod(state.node.shape) for state in step.before)
    states = States(sizes, step.output, step.x.node.shape[0])
    wanted = _list_wanted(step, states)
    sums = Sums(step.graph, wanted.list_indices(), [target.node for target in wanted.before])
    wanted = wanted.rebuild(sums)
    folds = [Fold(find_part(step.graph, fold.weight), _first_row(step.graph, fold.x)) for fold in sums.folds]
    folded = {fold.part for fold in folds}
    contributions = [own for own in wanted.contributions if own.part not in folded]
    planner = Planner(step.graph, states, wanted.after, wanted.before, wanted.x, contributions)
    initial = ((cell.states.index(name), float(value)) for name, value in cell.initial_states().items() if value)
    return planner.plan(tuple(initial), not grows_slowly(step), tuple(folds))


class _Wanted(NamedTuple):
    """What a step computes: states after it, gradients of those before, of the input's part, and of weights."""

    after: list[Target]
    before: list[Target]
    x: list[Target]
    contributions: list[Contribution]

    def list_indices(self) -> list[int]:
        indices = [target.node for target in (*self.after, *self.before, *self.x)]
        return indices + [index for c in self.contributions for index in c.factors]

    def rebuild(self, sums: Sums) -> _Wanted:
        """The same, with accumulations."""
        after, before, x = (
            [Target(sums.build(target.node), target.home) for target in targets]
            for targets in (self.after, self.before, self.x)
        )
        rebuilt = [
            c._replace(rows=sums.build(c.rows), columns=None if c.columns is None else sums.build(c.columns))
            for c in self.contributions
        ]
        return _Wanted(after, before, x, rebuilt)


def _list_wanted(step: Step, states: States) -> _Wanted:
    graph, gradients = step.graph, differentiate(step)
    for name in ("weight_ih", "bias_ih"):
        if name in gradients.weights:
            raise UncompiledError(f"a step that reads {name} itself is not compiled")

    def list_targets(home: Callable[[int], Home], symbols: Iterable[Symbol]) -> list[Target]:
        return [
            Target(part, home(state)._replace(row=home(state).row + row))
            for state, symbol in enumerate(symbols)
            for row, part in _list_parts(graph, symbol.index)
        ]

    contributions = [
        contribution
        for name, gradient in gradients.weights.items()
        for contribution in list_contributions(graph, gradient.index, find_part(graph, step.weights[name].index))
    ]
    return _Wanted(
        list_targets(states.after, step.after),
        list_targets(lambda state: states.gradient("next", state), gradients.before),
        list_targets(lambda _: Home("kept", 0), [gradients.x]),
        contributions,
    )


def _list_parts(graph: Graph, index: int) -> Iterable[tuple[int, int]]:
    """First rows and indices of the parts of a concatenation."""
    node, row = graph.nodes[index], 0
    joined = node.operation == "concatenate" and node.detail[0] == -len(node.shape)
    for own in node.inputs if joined else [index]:
        yield row, own
        row += math.prod(graph.nodes[own].shape)


def _first_row(graph: Graph, index: int) -> int:
    node = graph.nodes[index]
    return int(node.detail[1]) if node.operation == "slice" else 0
