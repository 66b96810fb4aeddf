import pytest
import torch
from torch import nn

from seqmem.cells import RNN
from tests.cells.steps import H, I, assert_steps_alike


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_a_step_and_its_gradients_are_those_of_torch(nonlinearity):
    assert_steps_alike(RNN(nonlinearity), lambda: nn.RNNCell(I, H, nonlinearity=nonlinearity))


def test_it_has_one_state_and_no_gate_that_keeps():
    assert RNN.states == ("h",)
    assert RNN.keep_gate is RNN.write_gate is None


def test_an_unknown_nonlinearity_is_refused():
    with pytest.raises(ValueError, match=r"^nonlinearity must be one of tanh, relu, linear, got sigmoid$"):
        RNN("sigmoid")


def test_a_linear_network_adds_up_what_it_reads():
    cell, weights = RNN("linear"), {"weight_hh": torch.eye(2), "bias_hh": torch.zeros(2)}
    (state,) = cell.step(torch.tensor([[[1.0, -2.0]]]), (torch.tensor([[[3.0, 0.5]]]),), weights)
    assert state.tolist() == [[[4.0, -1.5]]]
