import numpy as np
import pytest
import torch
from torch import nn

from seqmem.cells import GRU, LSTM, RNN
from seqmem.engines.engine import Trial
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.attention import features_size
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer
from seqmem.tasks import BinaryAddition, Echo, Recall, TemporalOrder
from tests.engines.reference.own import Adding, Leaky


@pytest.mark.parametrize(("attention", "size"), [(None, 7), ("cosine", 10), ("dot", 14)])
def test_the_readout_reads_the_context_alone_or_behind_the_query(attention, size):
    assert features_size(attention, Recall(), 7) == size


@pytest.mark.parametrize(("attention", "hidden", "read"), [("cosine", (3, 8), 8), ("dot", (3, 5), 10)])
def test_only_the_readout_grows_with_an_attention(attention, hidden, read):
    plain = Network(TemporalOrder(), LSTM(), hidden).parameters()
    shapes = Network(TemporalOrder(), LSTM(), hidden, attention=attention).parameters()
    assert shapes == plain | {"readout.weight": (8, read)}


def test_the_readouts_bound_is_that_of_all_that_it_reads():
    weights = Network(Recall(), LSTM(), (50,), attention="dot").initial_weights(0)
    assert 0.09 < np.abs(weights["readout.weight"]).max() <= 0.1


@pytest.mark.parametrize("attention", ["cosine", "dot"])
def test_an_attention_leaves_the_layers_initial_weights_alone(attention):
    plain, attending = (
        Network(Recall(), GRU(), (10,), attention=each).initial_weights(3) for each in (None, attention)
    )
    assert all(np.array_equal(plain[name], attending[name]) for name in plain if name.startswith("recurrent"))


def test_it_serves_a_cell_and_a_task_of_ones_own():
    engine = ReferenceStack([Trial(Job(Network(Recall(), Leaky(), (6,), attention="dot")), 0)])
    assert np.isfinite(engine.advance([3])[0].loss).all()
    assert Network(Adding(), Leaky(), (6,), attention="dot").features_size == 12


def test_a_network_with_dot_attention_learns_what_it_looks_back_at():
    network = Network(Recall(index=0, num_symbols=3, alphabet_size=3), RNN(), (8,), attention="dot")
    engine = ReferenceStack([Trial(Job(network, optimizer=Optimizer(lr=0.02), batch_size=32), 0)])
    report = engine.advance([300])[0]
    assert report.wrong[-20:].mean() < 0.5 * report.wrong[:20].mean()


def test_the_order_of_symbols_reaches_the_answer_of_cosine_attention_through_the_query_alone():
    network = Network(Recall(), RNN(), (10,), attention="cosine")
    engine = ReferenceStack([Trial(Job(network), 0)])
    sequences = Recall(min_length=4, max_length=4).sample_set(np.random.default_rng(0), 50)
    engine.flat[0, : 10 * 22] = 0  # the layer hears nothing: the query is the same for all sequences
    turned = sequences.inputs[:, ::-1].copy()
    reversed_sequences = type(sequences)(turned, sequences.lengths, sequences.targets)
    np.testing.assert_allclose(engine.predict(0, sequences), engine.predict(0, reversed_sequences), rtol=1e-5)


@pytest.mark.parametrize("attention", ["cosine", "dot"])
def test_a_trace_follows_the_gradient_through_the_layers(attention):
    task = TemporalOrder()
    network = Network(task, GRU(), (8,), attention=attention)
    engine = ReferenceStack([Trial(Job(network), 0)], dtype=torch.float64)
    sequence = task.sample_set(np.random.default_rng(0), 1)
    trace = engine.trace(0, sequence)
    weights = {name: torch.from_numpy(value).double() for name, value in engine.weights(0).items()}
    module = nn.GRU(8, 8, batch_first=True).double()
    module.load_state_dict({name.removeprefix("recurrent."): w for name, w in weights.items() if "recurrent" in name})
    length = int(sequence.lengths[0])
    symbols = torch.from_numpy(sequence.inputs[:, :length].astype(np.int64))
    values = nn.functional.one_hot(symbols, 8).double()
    x = values.clone().requires_grad_()
    outputs = module(x)[0][0]
    query = outputs[-1]
    if attention == "dot":
        context = torch.cat([query, (outputs @ query).softmax(0) @ outputs])
    else:
        alpha = nn.functional.cosine_similarity(values[0], query.expand(length, 8)).sigmoid()
        context = alpha @ values[0] / alpha.sum()
    raw = weights["readout.weight"] @ context + weights["readout.bias"]
    loss = nn.functional.cross_entropy(raw[None], torch.from_numpy(sequence.targets))
    (gradient,) = torch.autograd.grad(loss, x)
    np.testing.assert_allclose(trace.gradient_norm, gradient[0].norm(dim=-1), rtol=1e-5)
    np.testing.assert_allclose(trace.hidden, outputs.detach(), rtol=1e-5)


# What does not fit.


def assert_refused(message: str, task, hidden=(10,), **values) -> None:
    with pytest.raises(ValueError) as refusal:
        Network(task, LSTM(), hidden, **values)
    assert str(refusal.value) == message


def test_an_unknown_attention_is_refused():
    assert_refused(
        "attention must be one of cosine, dot, cosine_steps (or null), got general", Recall(), attention="general"
    )


@pytest.mark.parametrize("attention", ["cosine", "dot"])
@pytest.mark.parametrize("task", [Echo(), BinaryAddition()])
def test_attention_for_an_answer_at_every_step_is_refused(attention, task):
    name = type(task).__name__
    message = f"attention={attention} needs one answer at the end, but {name} has one at every step"
    assert_refused(message, task, attention=attention)


@pytest.mark.parametrize("attention", ["cosine", "dot"])
def test_attention_without_a_readout_is_refused(attention):
    message = f"attention={attention} needs a readout, got readout=none; choose auto, last or final"
    assert_refused(message, Recall(), readout="none", attention=attention)


def test_cosine_attention_to_features_is_refused():
    message = "attention=cosine needs symbols to compare with, but Adding reads features; choose dot"
    assert_refused(message, Adding(), attention="cosine")


@pytest.mark.parametrize(("hidden", "bidirectional", "got"), [((10, 5), False, 5), ((10,), True, 20)])
def test_cosine_attention_needs_a_top_layer_as_wide_as_the_alphabet(hidden, bidirectional, got):
    message = f"attention=cosine needs 10 hidden units in the top layer, one for each symbol, got {got}"
    assert_refused(message, Recall(), hidden, bidirectional=bidirectional, attention="cosine")


def test_the_notebooks_attention_is_its_code_at_every_step():
    """`cos(out, x)`, sigmoid over its sum over the steps, and a linear map of x times that: nothing is summed."""
    task = TemporalOrder(answer="steps")
    job = Job(Network(task, RNN(), (8,), attention="cosine_steps"), Loss("cross_entropy_over_time"))
    engine = ReferenceStack([Trial(job, 0)], dtype=torch.float64)
    sequences = task.sample_set(np.random.default_rng(0), 5)
    weights = {name: torch.tensor(value, dtype=torch.float64) for name, value in engine.weights(0).items()}
    rnn = nn.RNN(8, 8, batch_first=True, dtype=torch.float64)
    rnn.load_state_dict({name.removeprefix("recurrent."): w for name, w in weights.items() if "recurrent" in name})
    x = nn.functional.one_hot(torch.tensor(sequences.inputs.astype(int)), 8).double()
    e = torch.sigmoid(nn.CosineSimilarity(dim=2)(rnn(x)[0], x))
    alpha = e / e.sum(1, keepdim=True)
    expected = nn.functional.linear(x * alpha.unsqueeze(-1), weights["readout.weight"], weights["readout.bias"])
    np.testing.assert_allclose(engine.predict(0, sequences), expected.detach(), rtol=1e-5)


@pytest.mark.parametrize(
    ("task", "network", "message"),
    [
        (Recall(), {"hidden": (10,)}, "needs an answer at every step, but Recall has one at the end"),
        (Echo(), {"hidden": (4,), "readout": "none"}, "needs a readout, got readout=none; choose auto or every"),
        (Echo(), {"hidden": (5,)}, "needs 4 hidden units in the top layer, one for each symbol, got 5"),
        (
            BinaryAddition(),
            {"hidden": (2,)},
            "needs symbols to compare with, but BinaryAddition reads features; choose",
        ),
    ],
)
def test_the_notebooks_attention_is_refused_where_it_does_not_fit(task, network, message):
    with pytest.raises(ValueError, match=f"^attention=cosine_steps {message}"):
        Network(task, RNN(), **network, attention="cosine_steps")
