import pytest
from torch import nn

from seqmem.cells import GRU, LSTM, RNN, Cell


@pytest.mark.parametrize(("cell", "module"), [(RNN(), nn.RNN), (LSTM(), nn.LSTM), (GRU(), nn.GRU)])
def test_parameters_are_those_of_torch_in_its_order(cell, module):
    expected = {name.removesuffix("_l0"): tuple(value.shape) for name, value in module(3, 5).named_parameters()}
    assert list(cell.parameters(3, 5).items()) == list(expected.items())


def test_a_cell_without_a_step_cannot_be_built():
    class Empty(Cell):
        gates = ("hidden",)

    with pytest.raises(TypeError, match=r"abstract method '?step'?"):
        Empty()
