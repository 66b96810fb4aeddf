"""What a cell's class must say of itself."""

import numpy as np
import pytest

from seqmem.cells import RNN
from seqmem.job.network import Network
from seqmem.tasks import Recall

BROKEN = {
    "Own.state_shapes must name h, got c": {"state_shapes": lambda self, size: {"c": (size,)}},
    "Own.output must be one of its states, h, got c": {"output": "c"},
    "Own.state_shapes must give h, the output, the shape (hidden_size,)": {
        "state_shapes": lambda self, size: {"h": (size, 2)}
    },
    "Own.initial_states must name states, h, got c": {"initial_states": lambda self: {"c": 1}},
    "Own.initial_states must be finite numbers of 32 bits, got {'h': 1e+300}": {
        "initial_states": lambda self: {"h": 1e300}
    },
    "Own.parameters must have weight_ih, got w": {"parameters": lambda self, rows, columns: {"w": (1,)}},
    "Own.draw_parameters must give bias_ih as in parameters, (3,), got (1, 3)": {
        "draw_parameters": lambda self, *args: {"bias_ih": np.zeros((1, 3))}
    },
    "Own.draw_parameters must give w as in parameters, none of that name, got (3,)": {
        "draw_parameters": lambda self, *args: {"w": np.zeros(3)}
    },
    "Own.draw_parameters must give finite numbers, bias_ih has others": {
        "draw_parameters": lambda self, *args: {"bias_ih": np.full(3, np.inf)}
    },
}


@pytest.mark.parametrize("message", BROKEN)
@pytest.mark.filterwarnings("ignore:overflow")
def test_a_cell_that_contradicts_itself_is_refused_in_one_line(message):
    cell = type("Own", (RNN,), BROKEN[message])()
    with pytest.raises(ValueError) as raised:
        Network(Recall(), cell, 3)
    assert str(raised.value) == message
