"""What a cell's `prepare` and `project` may return."""

import pytest

from seqmem.cells import RNN
from seqmem.graph import UntraceableError
from seqmem.graph.errors import ContractError
from seqmem.graph.preparation import trace_preparation

BROKEN = {
    "Own.prepare must return tensors by their names": {"prepare": lambda self, w: w["bias_ih"]},
    "Own.prepare must leave weight_ih as it is": {"prepare": lambda self, w: {"weight_ih": w["weight_ih"].exp()}},
    "Own.project must return parameters as they were shaped, got new": {
        "project": lambda self, w: {"new": w["bias_ih"]}
    },
    "Own.project must return parameters as they were shaped, got bias_ih": {
        "project": lambda self, w: {"bias_ih": w["weight_hh"]}
    },
}


@pytest.mark.parametrize("message", BROKEN)
def test_what_breaks_the_contract_is_told_in_one_line(message):
    cell = type("Own", (RNN,), BROKEN[message])()
    with pytest.raises(ContractError) as raised:
        trace_preparation(cell, 3, 2)
    assert str(raised.value) == message


def test_what_cannot_be_traced_is_named_with_its_line():
    cell = type("Own", (RNN,), {"prepare": lambda self, w: {"weight_hh": w["weight_hh"].inverse()}})()
    with pytest.raises(UntraceableError, match=r"^.inverse \(test_preparation.py, line \d+"):
        trace_preparation(cell, 3, 2)


def test_an_exponential_is_for_square_matrices_of_weights():
    cell = type("Own", (RNN,), {"prepare": lambda self, w: {"new": w["weight_ih"].matrix_exponential()}})()
    with pytest.raises(UntraceableError, match=r"^an exponential of what is no square matrix of weights"):
        trace_preparation(cell, 3, 2)
