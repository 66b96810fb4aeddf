"""Predictions, evaluations and traces of trained trials."""

import numpy as np
import pytest
import torch

from seqmem.cells import GRU, RNN
from seqmem.engines.reference.footprint import BLOCK
from seqmem.engines.reference.forward import state_size
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.data import draw_test_set
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.streams import stream
from seqmem.tasks import BinaryAddition, Echo, LongLag, Recall, Sequences
from tests.engines.reference.nets import TorchNet, to_tensors
from tests.engines.reference.own import Adding
from tests.engines.reference.plain import loss_plainly
from tests.engines.reference.stacks import DRAWN, JOB, TASK, build, make

ANSWERS = {
    "classes at the end": make(TASK, test_sequences=50),
    "classes at every step": make(LongLag(p=10, error_at="every"), GRU(), test_sequences=50),
    "variable lengths": make(Recall(), network={"bidirectional": True, "embedding_size": 3}, test_sequences=50),
    "bits": make(BinaryAddition(2, 5), loss=Loss("bce"), test_sequences=50),
    "numbers": make(Adding(), RNN(), loss=Loss("mse"), test_sequences=50),
    "cosine attention": make(TASK, hidden=(3, 11), network={"attention": "cosine"}, test_sequences=50),
    "dot attention": make(Recall(), GRU(), network={"attention": "dot", "bidirectional": True}, test_sequences=50),
    "one word": make(Echo(), hidden=(5, 5), test_sequences=3, batch_size=1),
}


def trained(job: Job) -> tuple[ReferenceStack, TorchNet]:
    stack = build(job, 2, torch.float64)
    stack.advance([10, 10])
    return stack, TorchNet(job.network).load(unflatten(job, stack.state(1)["weights"]))


def unflatten(job: Job, flat: np.ndarray) -> dict[str, np.ndarray]:
    shapes = job.network.parameters()
    parts = np.split(flat, np.cumsum([np.prod(shape) for shape in shapes.values()])[:-1])
    return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}


@pytest.mark.parametrize("name", ANSWERS)
def test_predictions_are_those_of_torch(name):
    job = ANSWERS[name]
    stack, net = trained(job)
    sequences = draw_test_set(job, 1)
    raw = net(*to_tensors(sequences)[:2]).detach()
    outputs = {"class": raw.softmax(-1), "bits": raw.sigmoid(), "real": raw}[job.task.target.kind]
    predicted = stack.predict(1, sequences)
    assert predicted.dtype == np.float32
    for ours, theirs, length in zip(predicted, outputs.numpy(), sequences.lengths, strict=True):
        valid = slice(length) if job.task.target.every_step else ...
        np.testing.assert_allclose(ours[valid], theirs[valid], rtol=1e-5, atol=1e-7)


def test_more_sequences_than_a_block_are_answered_as_in_one(monkeypatch):
    stack = build(dtype=torch.float64)
    test_set = draw_test_set(JOB, 0)
    assert len(test_set) > BLOCK
    in_blocks = stack.predict(0, test_set)
    monkeypatch.setattr("seqmem.engines.reference.stack.BLOCK", 10_000)
    np.testing.assert_allclose(in_blocks, stack.predict(0, test_set), rtol=1e-6)


def test_uniform_states_of_a_test_are_drawn_from_the_trials_own_stream():
    job = DRAWN
    stack, net = trained(job)
    test_set = draw_test_set(job, 1)[:20]
    initial = torch.from_numpy(stream(1, "test state").random((20, state_size(job.network))))
    expected = net(*to_tensors(test_set)[:2], initial).softmax(-1).detach()
    np.testing.assert_allclose(stack.predict(1, test_set), expected, rtol=1e-5)


def test_uniform_states_are_the_same_in_every_test():
    stack = build(DRAWN)
    test_set = draw_test_set(JOB, 0)
    np.testing.assert_array_equal(stack.predict(0, test_set), stack.predict(0, test_set))
    np.testing.assert_allclose(stack.predict(0, test_set)[:9], stack.predict(0, test_set[:9]), rtol=1e-5)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_evaluation_is_a_plain_count_of_the_predictions(name):
    job = ANSWERS[name]
    stack, net = trained(job)
    test_set = draw_test_set(job, 1)
    inputs, lengths, targets = to_tensors(test_set)
    evaluation = stack.evaluate([1])[0]
    loss = loss_plainly(job, net(inputs, lengths).detach(), targets, lengths)
    assert evaluation.loss == pytest.approx(float(loss), rel=1e-5)
    wrong, outside = count_plainly(job, stack.predict(1, test_set), test_set)
    assert evaluation.wrong == wrong
    assert evaluation.outside_tolerance == (None if job.task.strict_tolerance is None else outside)


def count_plainly(job: Job, outputs: np.ndarray, sequences: Sequences) -> tuple[int, int]:
    """Wrong sequences, and those with an output outside the strict tolerance."""
    target, wrong, outside = job.task.target, 0, 0
    for output, answer, length in zip(outputs, sequences.targets, sequences.lengths, strict=True):
        steps = {"all": slice(length), "last": slice(length - 1, length)}[target.scored]
        output, answer = (output[steps], answer[steps]) if target.every_step else (output[None], answer[None])
        if target.kind == "class":
            wrong += bool((output.argmax(-1) != answer).any())
            error = np.abs(output - np.eye(target.size)[answer])
        else:
            error = np.abs(output - answer)
            wrong += bool((error > (0.5 if target.kind == "bits" else target.tolerance)).any())
        outside += bool(error.max() > (job.task.strict_tolerance or 0))
    return wrong, outside


def test_several_trials_are_evaluated_each_on_its_own_test_set():
    stack = build()
    assert stack.evaluate([2, 0]) == [stack.evaluate([2])[0], stack.evaluate([0])[0]]
    assert stack.evaluate([0])[0] != stack.evaluate([2])[0]


def test_a_network_whose_weights_are_not_numbers_is_wrong_on_every_test_sequence():
    stack = build(ANSWERS["bits"], 1)
    stack.flat[:] = float("nan")
    assert stack.evaluate([0])[0].wrong == 50


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "cosine attention"])
def test_a_trace_follows_a_sequence_as_plain_autograd_does(name):
    job = ANSWERS[name]
    stack, net = trained(job)
    sequence = draw_test_set(job, 1)[4:5] if name != "one word" else draw_test_set(job, 1)[:1]
    inputs, lengths, targets = to_tensors(sequence)
    length = int(lengths)
    x = (net.embed(inputs) if job.task.symbols else inputs).detach().requires_grad_()
    raw = net(x, lengths)
    if job.task.target.every_step:
        raw = torch.cat([raw[:, : length - 1].detach(), raw[:, length - 1 :]], dim=1)
    (gradient,) = torch.autograd.grad(loss_plainly(job, raw, targets, lengths), x)
    trace = stack.trace(1, sequence)
    np.testing.assert_allclose(trace.gradient_norm, gradient[0, :length].norm(dim=1), rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(trace.hidden, net.run_layers(x, lengths)[0, :length].detach(), rtol=1e-9)


def test_a_trace_is_float32_on_a_float32_engine():
    trace = build().trace(0, draw_test_set(JOB, 0)[:1])
    assert trace.gradient_norm.dtype == trace.hidden.dtype == np.float32
