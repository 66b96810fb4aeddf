import torch
from torch import nn

from seqmem.cells import GRU
from tests.cells.steps import H, I, assert_steps_alike


def test_a_step_and_its_gradients_are_those_of_torch():
    assert_steps_alike(GRU(), lambda: nn.GRUCell(I, H))


def test_an_open_update_gate_keeps_the_state():
    weights = {"weight_hh": torch.zeros(1, 3, 1), "bias_hh": torch.zeros(1, 1, 3)}
    state = torch.full((1, 1, 1), 0.7)
    update = torch.tensor([0.0, 50.0, 0.0]).expand(1, 1, 3)  # of reset, update, new
    assert GRU.keep_gate == GRU.gates[1]
    torch.testing.assert_close(GRU().step(update, (state,), weights)[0], state)
