"""Steps are traced without torch, and what cannot be traced says where."""

import subprocess
import sys

import numpy as np
import pytest

from seqmem.cells import Cell
from seqmem.graph import UntraceableError, trace
from seqmem.graph.errors import ContractError
from tests.graph.found import find_cells

CELLS = find_cells()


def make(step, states: tuple[str, ...] = ("h",)) -> Cell:
    """A cell with one gate."""
    return type("Own", (Cell,), {"gates": ("g",), "states": states, "step": lambda self, *args: step(*args)})()


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_traced(name):
    step = trace(CELLS[name], 5)
    assert [state.node.shape for state in step.after] == list(CELLS[name].state_shapes(5).values())


def test_cells_are_found_by_their_files():
    assert {"RNN tanh", "RNN linear", "LSTM", "GRU", "LSTMChain", "MGU"} <= set(CELLS)


def test_tracing_leaves_torch_out():
    program = "import sys; from seqmem.cells import LSTM; from seqmem.graph import *; differentiate(trace(LSTM(), 3))"
    done = subprocess.run([sys.executable, "-c", f"{program}; sys.exit('torch' in sys.modules)"], check=False)
    assert done.returncode == 0


REFUSED = {
    "a branch on data": lambda x, state, w: (x if x.sum(-1) > 0 else -x,),
    ".cumsum": lambda x, state, w: (x.cumsum(-1),),
    "an operand of type ndarray": lambda x, state, w: (x + np.ones(5),),
    "dim=2, which is not counted from the end": lambda x, state, w: (x.chunk(1, dim=2)[0],),
    "add of 5 and 4 units": lambda x, state, w: (x + x[..., :4],),
    "a product of 4 units with a matrix of 5 rows": lambda x, state, w: (x[..., :4] @ w["weight_hh"],),
    "a power of -1": lambda x, state, w: (x**-1,),
    "KeyError: 'weight'": lambda x, state, w: (x @ w["weight"],),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_traced_is_named_with_its_line(what):
    with pytest.raises(UntraceableError) as raised:
        trace(make(REFUSED[what]), 5)
    message = str(raised.value)
    assert message.startswith(what)
    assert "\n" not in message
    if "KeyError" not in what:
        assert "test_trace.py, line " in message


BROKEN = {
    "Own.step must return h as it was shaped, (M, B, 5)": lambda x, state, w: (x[..., :4],),
    "Own.step must return a tuple with a tensor for each of h": lambda x, state, w: x,
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_step_that_returns_something_else_breaks_its_contract_on_any_engine(what):
    with pytest.raises(ContractError) as raised:
        trace(make(BROKEN[what]), 5)
    assert str(raised.value) == what


def test_a_function_of_torchs_is_named():
    import torch

    with pytest.raises(UntraceableError, match=r"^torch.sinh \(test_trace.py, line \d+"):
        trace(make(lambda x, state, w: (torch.sinh(x),)), 5)


def test_a_product_cut_into_gates_is_one_product_a_gate():
    nodes = trace(CELLS["LSTM"], 5)
    products = [node for node in nodes.graph.nodes if node.operation == "product" and node.shape == (5,)]
    assert len(products) == 4
