"""What cells make of their weights once an update, compiled, beside torch."""

import numpy as np
import pytest
import torch

from seqmem.cells import Cell, ExpRNN, IndRNN
from seqmem.cells.functions import concatenate, matrix_exponential, softplus, where
from seqmem.engines.engine import Trial
from seqmem.engines.fused.flat import Flat
from seqmem.engines.fused.stack import FusedStack
from seqmem.engines.fused.steps.interpreter import CODES
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.graph.operations import POINTWISE
from seqmem.job.optimizer import Optimizer
from seqmem.tasks import BinaryAddition
from tests.engines.fused.jobs import job_of
from tests.engines.fused.test_against_reference import assert_near, build, check_gradients


class Prepared(Cell):
    """h' = tanh(x + W h + b), where W and b come from a function of weights and of fixed numbers."""

    gates = ("hidden",)

    def __init__(self, function) -> None:
        self.function = function

    def parameters(self, input_size, hidden_size):
        square = (hidden_size, hidden_size)
        return {"weight_ih": (hidden_size, input_size), "weight_hh": square, "other": square, "b": (hidden_size,)}

    def constants(self, input_size, hidden_size):
        return {"eye": np.eye(hidden_size), "ramp": np.linspace(-1, 1, hidden_size)}

    def prepare(self, weights):
        return dict(zip(("weight_hh", "ready"), self.function(weights), strict=True))

    def step(self, x, state, weights):
        (h,) = state
        return ((x + h @ weights["weight_hh"].mT + weights["ready"]).tanh(),)


def normalised(matrix):
    return matrix / ((matrix * matrix).sum(-1, keepdim=True) + 0.1).sqrt()


FUNCTIONS = {
    "antisymmetric": lambda w: (w["weight_hh"] - w["weight_hh"].mT - 0.1 * w["eye"], w["b"]),
    "exponential": lambda w: (0.3 * matrix_exponential(w["weight_hh"] - w["other"].mT), w["b"].exp() * w["ramp"]),
    "scaled rows": lambda w: (w["b"].mT * normalised(w["weight_hh"]), softplus(w["b"])),
    "scaled columns": lambda w: (w["weight_hh"] * w["b"].sigmoid(), (w["b"] - w["ramp"]).abs()),
    "product": lambda w: (w["weight_hh"] @ w["other"].mT @ w["other"], (w["b"] @ w["other"].mT) * 0.5),
    "parts": lambda w: (
        concatenate([w["weight_hh"][..., 1:, :], w["other"][..., :1, :]], dim=-2),
        w["b"].cos() * w["b"].sin(),
    ),
    "largest": lambda w: (
        w["weight_hh"] / (1 + w["weight_hh"].abs().sum(-1, keepdim=True).amax(-2, keepdim=True)),
        w["b"].amax(-1, keepdim=True) - w["b"],
    ),
    "chosen": lambda w: (where(w["weight_hh"] < w["other"], w["weight_hh"], 0.5 * w["other"]), w["b"].clamp(-0.1, 0.2)),
    "softmax": lambda w: (w["weight_hh"].softmax(-1), (w["b"] * w["b"] + 1).log()),
    "also itself": lambda w: (w["weight_hh"] + w["other"].tanh(), w["b"].tanh().relu().minimum(w["ramp"])),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_through_a_function_of_weights_are_those_of_the_reference(name):
    network = {"bidirectional": True}
    optimizer = Optimizer("sgd", lr=0.1)
    check_gradients(job_of(BinaryAddition(), Prepared(FUNCTIONS[name]), (4, 3), network, optimizer=optimizer))


def test_training_with_prepared_weights_goes_on_as_on_the_reference():
    fused, reference = build(job_of(cell=Prepared(FUNCTIONS["exponential"]), hidden=(4,)))
    fused.advance([20])
    reference.advance([20])
    assert_near(fused.state(0)["weights"], reference.state(0)["weights"])
    assert fused.evaluate([0])[0].loss == pytest.approx(reference.evaluate([0])[0].loss, rel=1e-5)


@pytest.mark.parametrize("size", [1e-3, 1.0, 30.0])
def test_an_exponential_is_as_torchs_at_any_size(size, rng):
    job = job_of(cell=ExpRNN(), hidden=(7,))
    fused, _ = build(job)
    weights = fused.trials[0].flat
    flat = Flat(job.network)
    start = flat.offsets["recurrent.weight_hh_l0"]
    upper = np.triu(rng.normal(0, size, (7, 7)), 1).astype(np.float32)
    weights[start : start + 49] = upper.ravel()
    fused.predict(0, job.task.sample(rng, 1))
    found = weights[flat.offsets["prepared.rotation_l0"] :][:49].reshape(7, 7)
    expected = torch.linalg.matrix_exp(torch.from_numpy(upper - upper.T).double())
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("engine", [FusedStack, ReferenceStack])
def test_a_bound_holds_after_every_update(engine):
    class Large(IndRNN):
        def draw_parameters(self, rng, input_size, hidden_size, max_length):
            return {"recurrent": np.full(hidden_size, 5.0)}

    stack = engine([Trial(job_of(cell=Large(10), hidden=(6, 5)), 0)])
    stack.advance([1])
    for depth, size in enumerate((6, 5)):
        found = stack.weights(0)[f"recurrent.recurrent_l{depth}"]
        np.testing.assert_array_equal(found, np.full(size, 2**0.1, np.float32))


def test_a_bound_is_kept_alike_on_both_engines():
    fused, reference = build(job_of(cell=IndRNN(10), hidden=(6, 5), optimizer=Optimizer("sgd", lr=0.3)))
    fused.advance([10])
    reference.advance([10])
    assert_near(fused.state(0)["weights"], reference.state(0)["weights"], 1e-4)


def test_every_function_of_the_graph_has_a_code():
    assert set(POINTWISE) <= set(CODES)
