import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqmem.cells import LSTMChain
from seqmem.engines.engine import Trial
from seqmem.engines.reference.forward import run
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.initialisation import Initialisation
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer
from seqmem.tasks import ConstantPair, Target
from tests.engines.reference.nets import AnyTask, stack_weights, to_tensors

GATES = ("input", "forget", "cell", "output")
BY_HAND = Initialisation({"uniform": [0, 1]}, {"uniform": [0, 1]}, {"uniform": [0, 1]})


class HandWritten(nn.Module):
    """Layers of cells in a row, with a matrix for each gate of each cell and no stack of anything."""

    def __init__(self, network: Network, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.layers = []
        for layer in network.layers:
            count = network.cell.num_cells * 4
            split = {
                name: weights[f"recurrent.{name}_l{layer.depth}"].chunk(count) for name in ("weight_ih", "weight_hh")
            }
            biases = weights[f"recurrent.bias_ih_l{layer.depth}"].chunk(count)
            rows = list(zip(split["weight_ih"], split["weight_hh"], biases, strict=True))
            cells = [dict(zip(GATES, rows[start : start + 4], strict=True)) for start in range(0, count, 4)]
            self.layers.append((cells, layer.hidden_size))

    def run_cell(self, cell: dict, x: Tensor, short: Tensor, long: Tensor) -> tuple[Tensor, Tensor]:
        total = {gate: w @ x + u @ short + b for gate, (w, u, b) in cell.items()}
        written = torch.sigmoid(total["input"]) * torch.tanh(total["cell"])
        long = torch.sigmoid(total["forget"]) * long + written
        return torch.sigmoid(total["output"]) * torch.tanh(long), long

    def forward(self, sequence: Tensor) -> Tensor:
        for cells, width in self.layers:
            short, long = (torch.zeros(width, dtype=torch.float64) for _ in range(2))
            outputs = []
            for x in sequence:
                for cell in cells:
                    short, long = self.run_cell(cell, x, short, long)
                outputs.append(short)
            sequence = torch.stack(outputs)
        return sequence[-1]


@pytest.mark.parametrize("num_cells", [1, 2, 5])
@pytest.mark.parametrize("hidden", [(3,), (2, 4, 3)], ids=str)
def test_outputs_and_gradients_are_those_of_a_hand_written_loop(num_cells, hidden):
    task = AnyTask(2, symbols=False, target=Target("real", 3))
    network = Network(task, LSTMChain(num_cells), hidden, readout="none", init=BY_HAND)
    stacked = stack_weights([network.initial_weights(seed) for seed in range(2)])
    batches = [to_tensors(task.sample(np.random.default_rng(seed), 4)) for seed in range(2)]
    inputs, lengths, _ = (torch.stack(column) for column in zip(*batches, strict=True))
    raw = run(network, stacked, inputs, lengths, None)
    gradients = torch.autograd.grad(raw.square().sum(), list(stacked.values()))
    for trial in range(2):
        weights = {name: value[trial].detach().requires_grad_() for name, value in stacked.items()}
        by_hand = HandWritten(network, weights)
        expected = torch.stack([by_hand(x[:n]) for x, n in zip(inputs[trial], lengths[trial], strict=True)])
        torch.testing.assert_close(raw[trial], expected, rtol=1e-12, atol=1e-14)
        theirs = torch.autograd.grad(expected.square().sum(), list(weights.values()))
        for ours, gradient in zip(gradients, theirs, strict=True):
            torch.testing.assert_close(ours[trial], gradient, rtol=1e-10, atol=1e-13)


def test_a_chain_of_one_is_torchs_cell_without_a_recurrent_bias():
    torch.manual_seed(0)
    module = nn.LSTMCell(5, 6).double()
    nn.init.zeros_(module.bias_hh)
    x, state = torch.randn(4, 5).double(), (torch.randn(4, 6).double(), torch.randn(4, 6).double())
    gates = (x @ module.weight_ih.mT + module.bias_ih).unsqueeze(0)
    ours = LSTMChain(1).step(gates, tuple(s.unsqueeze(0) for s in state), {"weight_hh": module.weight_hh.unsqueeze(0)})
    for found, expected in zip(ours, module(x, state), strict=True):
        torch.testing.assert_close(found[0], expected)


def test_every_gate_of_every_cell_has_matrices_and_one_bias_of_its_own():
    shapes = LSTMChain(3).parameters(5, 2)
    assert shapes == {"weight_ih": (24, 5), "weight_hh": (24, 2), "bias_ih": (24,)}


def test_a_gates_bias_is_set_in_every_cell_of_the_chain():
    network = Network(ConstantPair(), LSTMChain(2), (3,), init=Initialisation(bias={"forget": 5}))
    bias = network.initial_weights(0)["recurrent.bias_ih_l0"].reshape(2, 4, 3)
    np.testing.assert_array_equal(bias[:, 1], 5)
    assert bias.sum() == 30


def test_the_whole_of_a_chain_starts_from_zero_to_one():
    network = Network(ConstantPair(), LSTMChain(2), (1, 1), readout="none", init=BY_HAND)
    flat = np.concatenate([value.ravel() for value in network.initial_weights(0).values()])
    assert len(flat) == 2 * 2 * 4 * 3
    assert 0 <= flat.min() < 0.2
    assert 0.8 < flat.max() < 1


@pytest.mark.parametrize("num_cells", [1, 3])
def test_it_learns_a_pair_of_constant_sequences_without_a_readout(num_cells):
    network = Network(ConstantPair(), LSTMChain(num_cells), (1,), readout="none", init=BY_HAND)
    job = Job(network, Loss("mse"), Optimizer(lr=0.1), batch_size=2, test_sequences=2)
    engine = ReferenceStack([Trial(job, seed) for seed in range(5)])
    engine.advance([400] * 5)
    outputs = np.concatenate(
        [engine.predict(trial, job.task.sample(np.random.default_rng(0), 2)) for trial in range(5)]
    )
    np.testing.assert_allclose(outputs.reshape(5, 2), [[0, 1]] * 5, atol=0.05)
    assert outputs.max() < (np.tanh(2) if num_cells == 1 else 1)


def test_a_rule_for_the_bias_that_it_lacks_is_refused():
    with pytest.raises(ValueError, match=r"^init.bias_hh must be null, as LSTMChain has no bias_hh$"):
        Network(ConstantPair(), LSTMChain(), (1,), init=Initialisation(bias_hh="zero"))


@pytest.mark.parametrize("num_cells", [0, -2])
def test_a_chain_without_a_cell_is_refused(num_cells):
    with pytest.raises(ValueError, match=f"^num_cells must be at least 1, got {num_cells}$"):
        LSTMChain(num_cells)
