from torch import nn

from seqmem.cells import LSTM
from tests.cells.steps import H, I, assert_steps_alike


def test_a_step_and_its_gradients_are_those_of_torch():
    assert_steps_alike(LSTM(), lambda: nn.LSTMCell(I, H))


def test_the_forget_gate_keeps_and_the_input_gate_writes():
    assert LSTM.gates[1] == LSTM.keep_gate == "forget"
    assert LSTM.gates[0] == LSTM.write_gate == "input"


def test_the_output_comes_before_the_memory():
    assert LSTM.states == ("h", "c")
