"""Planned steps beside the graphs that they come from, in float64."""

import pytest
from hypothesis import given, settings

from seqmem.engines.fused.steps.step import plan_step
from tests.engines.fused.steps.emulate import assert_planned_right
from tests.graph import drawn
from tests.graph.found import find_cells

CELLS = find_cells()


@pytest.mark.parametrize("hidden_size", [1, 3])
@pytest.mark.parametrize("name", CELLS)
def test_a_planned_step_computes_what_the_graph_does(name, hidden_size):
    assert_planned_right(CELLS[name], hidden_size, plan_step(CELLS[name], hidden_size))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(drawn.cells(drawn.COMPILED))
def test_so_does_that_of_a_random_cell(cell):
    assert_planned_right(cell, 4, plan_step(cell, 4))


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(drawn.cells(drawn.COMPILED))
def test_so_do_those_of_many_random_cells(cell):
    assert_planned_right(cell, 3, plan_step(cell, 3))
