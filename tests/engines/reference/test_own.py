"""A user's own task and cell on the reference engine."""

import numpy as np
import pytest
import torch

from seqmem.cells import LSTM
from seqmem.engines.engine import Trial
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.data import draw_test_set
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer
from seqmem.tasks import Recall, Sequences, Target, Task
from tests.engines.reference.nets import to_tensors
from tests.engines.reference.own import Adding, Leaky

RECALL = Recall()
LEAKY = Job(Network(RECALL, Leaky(), (5, 4), bidirectional=True), batch_size=8, test_sequences=20)


def run_leaky(weights: dict[str, np.ndarray], symbols: np.ndarray) -> np.ndarray:
    """Raw outputs for one sequence, number by number in numpy."""
    x = np.eye(10)[symbols]
    for depth, width in enumerate((5, 4)):
        sides = []
        for suffix, order in ((f"_l{depth}", slice(None)), (f"_l{depth}_reverse", slice(None, None, -1))):
            own = {
                name: weights[f"recurrent.{name}{suffix}"]
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "leak")
            }
            h, outputs = np.zeros(width), []
            for step in x[order]:
                new = np.tanh(own["weight_ih"] @ step + own["bias_ih"] + own["weight_hh"] @ h + own["bias_hh"])
                h = h + (new - h) / (1 + np.exp(-own["leak"]))
                outputs.append(h)
            sides.append(np.array(outputs)[order])
        x = np.concatenate(sides, axis=1)
    final = np.concatenate([x[-1, :4], x[0, 4:]])
    return weights["readout.weight"] @ final + weights["readout.bias"]


def test_a_cell_with_a_parameter_of_its_own_computes_its_equation():
    stack = ReferenceStack([Trial(LEAKY, seed) for seed in range(3)])
    stack.advance([5] * 3)
    test_set = draw_test_set(LEAKY, 2)
    predicted = stack.predict(2, test_set)
    for ours, symbols, length in zip(predicted, test_set.inputs, test_set.lengths, strict=True):
        raw = run_leaky(stack.weights(2), symbols[:length])
        np.testing.assert_allclose(ours, np.exp(raw) / np.exp(raw).sum(), rtol=1e-4)


def test_a_cells_own_parameter_is_trained():
    stack = ReferenceStack([Trial(LEAKY, 0)])
    before = stack.weights(0)["recurrent.leak_l1_reverse"]
    stack.advance([5])
    assert (stack.weights(0)["recurrent.leak_l1_reverse"] != before).all()


def test_the_gradient_of_a_cells_own_parameter_is_that_of_finite_differences():
    task = Adding()
    network = Network(task, Leaky(), (4,))
    job = Job(network, Loss("mse"), Optimizer("sgd", lr=1.0), batch_size=8, test_sequences=8, train_set=8)
    stack = ReferenceStack([Trial(job, 0)], dtype=torch.float64)
    start = network.offsets["recurrent.leak_l0"]
    before = stack.state(0)["weights"]
    stack.advance([1])
    gradient = before - stack.state(0)["weights"]

    def loss(weights: np.ndarray) -> float:
        other = ReferenceStack([Trial(job, 0)], dtype=torch.float64)
        other.flat[0] = torch.from_numpy(weights)
        return float(other.advance([1])[0].loss[0].astype(np.float64))

    for unit in range(start, start + 4):
        step = np.zeros_like(before)
        step[unit] = 0.05
        assert gradient[unit] == pytest.approx((loss(before + step) - loss(before - step)) / 0.1, rel=0.02, abs=1e-5)


def test_a_task_with_a_number_for_an_answer_is_learned():
    task = Adding(max_length=3)
    job = Job(Network(task, LSTM(), (8,)), Loss("mse"), Optimizer(lr=0.03), batch_size=32, test_sequences=200)
    stack = ReferenceStack([Trial(job, 0)])
    before = stack.evaluate([0])[0]
    stack.advance([300])
    after = stack.evaluate([0])[0]
    assert after.loss < 0.05 * before.loss
    assert after.wrong < before.wrong
    assert after.outside_tolerance >= after.wrong  # the strict tolerance is the smaller one


def test_marked_numbers_are_what_the_adding_oracle_adds(rng):
    inputs, _, targets = to_tensors(Adding().sample(rng, 200))
    torch.testing.assert_close((inputs[..., 0] * inputs[..., 1]).sum(1, keepdim=True), targets)


class Careless(Task):
    """Leaves what is beyond a sequence's length as it comes: no number, no class, no symbol."""

    def __init__(self, symbols: bool, kind: str, clean: bool) -> None:
        self.symbols = symbols
        self.input_size = 3
        self.max_length = 6
        self.target = Target(kind, 3, every_step=True, tolerance=0.1)
        self.clean = clean

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        lengths = 1 + (rng.random(n) * 5).astype(np.int64)
        symbols = (rng.random((n, 6)) * 3).astype(np.int64)
        inputs = symbols if self.symbols else np.eye(3, dtype=np.float32)[symbols]
        targets = symbols.copy() if self.target.kind == "class" else np.eye(3, dtype=np.float32)[symbols]
        beyond = np.arange(6) >= lengths[:, None]
        inputs[beyond] = 0 if self.clean else -1 if self.symbols else np.nan
        targets[beyond] = 0 if self.clean else -1 if self.target.kind == "class" else np.nan
        return Sequences(inputs, lengths, targets)


@pytest.mark.parametrize("symbols", [True, False])
@pytest.mark.parametrize("kind", ["class", "bits", "real"])
def test_whatever_a_task_leaves_beyond_the_length_counts_for_nothing(symbols, kind):
    losses = []
    for clean in (True, False):
        task = Careless(symbols, kind, clean)
        job = Job(Network(task, LSTM(), (4,)), Loss("cross_entropy" if kind == "class" else "mse"), batch_size=8)
        losses.append(ReferenceStack([Trial(job, 0)]).advance([5])[0].loss)
    assert np.isfinite(losses[0]).all()
    np.testing.assert_array_equal(losses[1], losses[0])
