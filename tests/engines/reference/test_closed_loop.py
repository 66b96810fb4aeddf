import numpy as np
import pytest

from seqmem.cells import GRU, LSTM, RNN
from seqmem.engines.engine import Trial
from seqmem.engines.reference.closed_loop import run_closed_loop
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.initialisation import Initialisation
from seqmem.job.job import Job
from seqmem.job.network import Network
from seqmem.job.streams import stream
from seqmem.tasks import LongLag, Sequences

WIDE = Initialisation(input={"normal": 2}, recurrent={"normal": 1}, readout={"normal": 2})
NETWORKS = {
    "rnn": {"cell": RNN(), "hidden": (7,)},
    "lstm": {"cell": LSTM(), "hidden": (7,)},
    "gru_layers": {"cell": GRU(), "hidden": (7, 5)},
    "embedded": {"cell": LSTM(), "hidden": (6,), "embedding_size": 3},
    "drawn": {"cell": LSTM(), "hidden": (5, 4), "initial_state": "uniform"},
    "no_readout": {"cell": RNN("relu"), "hidden": (13,), "readout": "none"},
}


def read_prefixes(stack: ReferenceStack, first: np.ndarray, num_steps: int) -> np.ndarray:
    """The closed loop as it is told: after every answer the network reads all from the start."""
    symbols = first[:, None]
    for _ in range(num_steps):
        lengths = np.full(len(first), symbols.shape[1])
        shape = symbols.shape if stack.network.task.target.every_step else lengths.shape
        outputs = stack.predict(0, Sequences(symbols, lengths, np.zeros(shape, np.int64)))
        last = outputs[:, -1] if stack.network.task.target.every_step else outputs
        symbols = np.column_stack([symbols, last.argmax(-1)])
    return symbols[:, -1]


@pytest.mark.parametrize("error_at", ["last", "every"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_closed_loop_is_reading_ever_longer_prefixes(name, error_at, rng):
    network = Network(LongLag(p=12, error_at=error_at), **({"init": WIDE} | NETWORKS[name]))
    stack = ReferenceStack([Trial(Job(network), 5)])
    first = rng.integers(0, 13, 60)
    named = set()
    for num_steps in (1, 2, 9):
        found = run_closed_loop(network, stack.weights(0), first, num_steps, stream(5, "test state"))
        expected = read_prefixes(stack, first, num_steps)
        np.testing.assert_array_equal(found, expected)
        named |= set(expected)
    assert len(named) > 2
