"""What a graph is turned into before it is planned, and what is said of it."""

import numpy as np
import pytest

from examples.mgu import MGU
from seqmem.cells import GRU, LEM, LSTM, RNN, UGRNN, Cell, CoRNN, MinGRU
from seqmem.graph import evaluate, trace
from seqmem.graph.bounds import grows_slowly
from seqmem.graph.kept import list_kept
from seqmem.graph.sums import Sums
from seqmem.graph.symbol import Symbol
from tests.graph.found import find_cells

CELLS = find_cells()


@pytest.mark.parametrize("name", CELLS)
def test_accumulations_compute_what_the_sums_do_but_for_folded_biases(name):
    step = trace(CELLS[name], 4)
    wanted = [state.index for state in step.after]
    sums = Sums(step.graph, wanted, [])
    built = [sums.build(index) for index in wanted]
    rng = np.random.default_rng(0)
    leaves = [step.x, *step.before, *step.weights.values()]
    given = {
        leaf.index: rng.normal(size=(3, *leaf.node.shape) if leaf.node.laned else leaf.node.shape) for leaf in leaves
    }
    expected = evaluate(step.after, given)
    for fold in sums.folds:
        bias = evaluate([Symbol(step.graph, fold.weight)], given)[0]
        node = step.graph.nodes[fold.x]
        start = node.detail[1] if node.operation == "slice" else 0
        given[step.x.index][:, start : start + len(bias)] += bias
    found = evaluate([Symbol(step.graph, index) for index in built], given)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def count_folded(cell: Cell) -> int:
    step = trace(cell, 4)
    sums = Sums(step.graph, [state.index for state in step.after], [])
    for state in step.after:
        sums.build(state.index)
    return sum(step.graph.nodes[fold.weight].shape[0] for fold in sums.folds)


@pytest.mark.parametrize(("cell", "rows"), [(RNN(), 4), (LSTM(), 16), (GRU(), 8), (MGU(), 8)])
def test_biases_are_folded_into_the_input_wherever_they_are_added_to_it(cell, rows):
    assert count_folded(cell) == rows


def test_what_is_cheap_is_computed_again_from_what_is_kept():
    step = trace(MGU(), 4)
    nodes = step.graph.nodes
    (difference,) = [index for index, node in enumerate(nodes) if node.operation == "subtract" and len(node.shape) == 1]
    kept = list_kept(step.graph, [step.after[0].index], [difference], [step.before[0].index])
    assert [nodes[index].operation for index in kept] == ["tanh"]


@pytest.mark.parametrize(
    ("cell", "slowly"),
    [
        (RNN(), True),
        (LSTM(), True),
        (GRU(), True),
        (MGU(), True),
        (UGRNN(), True),
        (MinGRU(), True),
        (LEM(), True),
        (LEM(2), False),
        (RNN("relu"), False),
        (RNN("linear"), False),
        (CoRNN(), False),
    ],
)
def test_a_state_that_can_only_grow_by_a_constant_a_step_is_known(cell, slowly):
    assert grows_slowly(trace(cell, 4)) is slowly
