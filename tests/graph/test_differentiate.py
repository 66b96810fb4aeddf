"""Steps and their gradients, held against torch's autograd in float64."""

import pytest
from hypothesis import given, settings

from tests.graph import drawn
from tests.graph.against_torch import assert_like_torch
from tests.graph.found import find_cells

CELLS = find_cells()


@pytest.mark.parametrize("hidden_size", [1, 2, 5])
@pytest.mark.parametrize("name", CELLS)
def test_a_traced_step_and_its_gradients_are_those_of_torch(name, hidden_size):
    assert_like_torch(CELLS[name], hidden_size)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(drawn.cells())
def test_so_are_those_of_random_cells(cell):
    assert_like_torch(cell, 4)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(drawn.cells())
def test_so_are_those_of_many_random_cells(cell):
    assert_like_torch(cell, 3)
