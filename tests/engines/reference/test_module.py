"""A trained network in other hands than the trainer's: differentiated, exported, moved, looked into."""

import numpy as np
import pytest
import torch
from torch import nn

from seqmem.cells import GRU, LSTM, RNN
from seqmem.engines.reference.module import TrainedNetwork
from seqmem.job.network import Network
from seqmem.tasks import BinaryAddition, Recall, RowDigits

SHORT = Recall(num_symbols=5, alphabet_size=6, min_length=2, max_length=4)
NETWORKS = {
    "gru of two layers": Network(SHORT, GRU(), (4, 3)),
    "bidirectional lstm": Network(SHORT, LSTM(), (4, 4), bidirectional=True),
    "embedding": Network(SHORT, RNN(), (4,), embedding_size=3),
    "dot attention": Network(SHORT, LSTM(), (4,), attention="dot"),
    "cosine attention": Network(SHORT, RNN(), (6,), attention="cosine"),
    "bits at every step": Network(BinaryAddition(), LSTM(), (4,)),
}
CUDA = pytest.param("cuda", marks=pytest.mark.gpu)


@pytest.fixture(params=NETWORKS)
def network(request) -> TrainedNetwork:
    return build(NETWORKS[request.param])


def build(network: Network) -> TrainedNetwork:
    return TrainedNetwork(network, network.initial_weights(0))


def draw(network: TrainedNetwork, n: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    """Sequences and their lengths, which differ."""
    drawn = network.network.task.sample_set(np.random.default_rng(1), n)
    return torch.from_numpy(drawn.inputs), torch.from_numpy(drawn.lengths)


def as_features(network: TrainedNetwork, inputs: torch.Tensor) -> torch.Tensor:
    task = network.network.task
    return nn.functional.one_hot(inputs.long(), task.input_size).float() if task.symbols else inputs


def test_outputs_are_the_softmax_of_the_logits_for_classes():
    network = build(NETWORKS["gru of two layers"])
    inputs, lengths = draw(network)
    torch.testing.assert_close(network(inputs, lengths), network.logits(inputs, lengths).softmax(-1))


def test_outputs_are_the_logistic_function_of_the_logits_for_bits():
    network = build(NETWORKS["bits at every step"])
    inputs, lengths = draw(network)
    torch.testing.assert_close(network(inputs, lengths), network.logits(inputs, lengths).sigmoid())


def test_symbols_may_be_given_as_one_hot_features(network):
    inputs, lengths = draw(network)
    torch.testing.assert_close(network(as_features(network, inputs), lengths), network(inputs, lengths))


def test_gradients_reach_the_inputs(network):
    inputs, lengths = draw(network)
    features = as_features(network, inputs).requires_grad_()

    def answer(features):
        return network.double().logits(features, lengths).square().sum()

    (gradient,) = torch.autograd.grad(answer(features), features)
    direction = torch.randn(features.shape, generator=torch.manual_seed(0), dtype=torch.float64)
    with torch.no_grad():
        step = 1e-6 * direction
        difference = (answer(features.double() + step) - answer(features.double() - step)) / 2e-6
    torch.testing.assert_close((gradient * direction).sum(), difference, rtol=1e-4, atol=1e-6)


def test_no_gradient_reaches_steps_beyond_the_length(network):
    inputs, lengths = draw(network)
    features = as_features(network, inputs).requires_grad_()
    outputs = network.logits(features, lengths)
    if network.network.task.target.every_step:
        outputs = outputs[torch.arange(outputs.shape[1]) < lengths[:, None]]
    (gradient,) = torch.autograd.grad(outputs.sum(), features)
    beyond = torch.arange(features.shape[1]) >= lengths[:, None]
    assert beyond.any() or network.network.task.target.every_step
    assert not gradient[beyond].any()
    assert gradient[~beyond].any(-1).all()


@pytest.mark.parametrize(("name", "module"), [("gru of two layers", nn.GRU), ("bidirectional lstm", nn.LSTM)])
def test_hidden_states_are_those_of_torch(name, module):
    network = build(NETWORKS[name])
    description = network.network
    inputs, _ = draw(network)
    below, states = as_features(network, inputs), network.hidden_states(inputs)
    for depth, width in enumerate(description.hidden):
        theirs = module(below.shape[2], width, batch_first=True, bidirectional=description.bidirectional)
        own = {
            key.replace(f"_l{depth}", "_l0"): value
            for key, value in network.recurrent.named_parameters()
            if f"_l{depth}" in key
        }
        theirs.load_state_dict(own)
        below, last = theirs(below)
        directions = ["", "_reverse"][: 1 + description.bidirectional]
        ours = torch.cat([states[f"h_l{depth}{suffix}"] for suffix in directions], -1)
        torch.testing.assert_close(ours, below)
        if module is nn.LSTM:
            torch.testing.assert_close(states[f"c_l{depth}"][:, -1], last[1][0])
            torch.testing.assert_close(states[f"c_l{depth}_reverse"][:, 0], last[1][1])


def test_hidden_states_are_named_by_state_and_layer():
    names = list(build(NETWORKS["bidirectional lstm"]).hidden_states(np.zeros((2, 3), int)))
    assert names == ["h_l0", "c_l0", "h_l0_reverse", "c_l0_reverse", "h_l1", "c_l1", "h_l1_reverse", "c_l1_reverse"]


def test_an_exported_network_answers_alike_for_batches_of_any_size(network):
    inputs, lengths = draw(network)
    batch = torch.export.Dim("batch", min=2, max=100)
    exported = torch.export.export(
        network, (inputs, lengths), dynamic_shapes={"inputs": {0: batch}, "lengths": {0: batch}}
    )
    for n in (5, 9):
        inputs, lengths = draw(network, n)
        torch.testing.assert_close(exported.module()(inputs, lengths), network(inputs, lengths))


def test_a_network_is_exported_without_lengths_as_well():
    network = build(NETWORKS["bidirectional lstm"])
    inputs, _ = draw(network)
    torch.testing.assert_close(torch.export.export(network, (inputs,)).module()(inputs), network(inputs))


@pytest.mark.parametrize("device", ["meta", CUDA])
def test_a_network_runs_on_another_device_wherever_its_inputs_are(network, device):
    inputs, lengths = draw(network)
    expected, states = network(inputs, lengths), network.hidden_states(inputs, lengths)
    network.to(device)
    for given in (inputs, inputs.to(device)):
        outputs = network(given, lengths)
        assert (outputs.device.type, outputs.shape) == (device, expected.shape)
        moved = network.hidden_states(given, lengths)
        assert {name: value.shape for name, value in moved.items()} == {name: v.shape for name, v in states.items()}
    if device != "meta":
        torch.testing.assert_close(outputs.cpu(), expected, rtol=1e-4, atol=1e-5)


def test_a_network_computes_in_the_type_of_its_weights(network):
    inputs, lengths = draw(network)
    single = network(inputs, lengths)
    double = network.double()(inputs, lengths)
    assert double.dtype == torch.float64
    torch.testing.assert_close(double.float(), single)


def test_initial_states_are_drawn_on_the_network_device():
    network = build(Network(SHORT, GRU(), (4,), initial_state="uniform")).to("meta")
    assert network(np.zeros((2, 3), int)).shape == (2, 6)


def test_a_large_alphabet_and_lists_are_read_as_well():
    network = build(Network(Recall(num_symbols=300, alphabet_size=300), GRU(), (3,)))
    drawn = network.network.task.sample_set(np.random.default_rng(0), 3)
    assert drawn.inputs.dtype == np.uint16
    expected = network(drawn.inputs, drawn.lengths)
    torch.testing.assert_close(network(drawn.inputs.tolist(), drawn.lengths.tolist()), expected)


@pytest.mark.parametrize(
    ("network", "shape", "needed"),
    [
        (Network(SHORT, RNN(), (3,)), (5,), r"\(batch, steps\) symbols or \(batch, steps, 6\) features"),
        (Network(SHORT, RNN(), (3,)), (2, 4, 5), r"\(batch, steps\) symbols or \(batch, steps, 6\) features"),
        (Network(RowDigits(), RNN(), (3,)), (2, 8), r"\(batch, steps, 8\) features"),
    ],
)
def test_inputs_of_another_shape_are_refused(network, shape, needed):
    with pytest.raises(ValueError, match=rf"^inputs must be {needed}, got the shape \({str(shape)[1:-1]}\)$"):
        build(network)(np.zeros(shape, np.int64))
