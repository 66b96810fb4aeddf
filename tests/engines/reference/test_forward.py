import numpy as np
import pytest
import torch

from seqmem.engines.reference.forward import run, run_layers, state_size
from seqmem.job.initialisation import Initialisation
from seqmem.job.network import Network
from seqmem.tasks import Target
from tests.engines.reference.nets import CELLS, AnyTask, TorchNet, stack_weights, to_tensors

M, B = 3, 6

INPUTS = {
    "one_hot": ({"symbols": True}, {}),
    "embedding": ({"symbols": True}, {"embedding_size": 3}),
    "dense": ({"symbols": False}, {}),
}


def assert_like_torch(network: Network, with_initial: bool = False) -> None:
    """Raw outputs and gradients of a stack are those of torch.nn's networks, one a trial."""
    rng = np.random.default_rng(0)
    weights = [network.initial_weights(seed) for seed in range(M)]
    stacked = stack_weights(weights)
    batches = [to_tensors(network.task.sample(rng, B)) for _ in range(M)]
    inputs, lengths, _ = (torch.stack(column) for column in zip(*batches, strict=True))
    initial = torch.from_numpy(rng.random((M, B, state_size(network)))) if with_initial else None
    raw = run(network, stacked, inputs, lengths, initial)
    mask = torch.ones(raw.shape)
    if network.task.target.every_step:
        mask = (torch.arange(raw.shape[2]) < lengths.unsqueeze(-1)).unsqueeze(-1)
    weight = torch.randn(raw.shape, dtype=torch.float64, generator=torch.manual_seed(0)) * mask
    gradients = torch.autograd.grad((raw * weight).sum(), list(stacked.values()))
    for m in range(M):
        net = TorchNet(network).load(weights[m])
        expected = net(inputs[m], lengths[m], None if initial is None else initial[m])
        torch.testing.assert_close(raw[m] * mask[m], expected * mask[m], rtol=1e-10, atol=1e-12)
        expected_gradients = torch.autograd.grad((expected * weight[m]).sum(), list(net.named().values()))
        for ours, theirs in zip(gradients, expected_gradients, strict=True):
            torch.testing.assert_close(ours[m], theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("hidden", [(5,), (5, 5), (4, 6, 3)], ids=str)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", INPUTS)
def test_outputs_and_gradients_are_those_of_torch(cell, hidden, bidirectional, kind):
    sizes, options = INPUTS[kind]
    assert_like_torch(Network(AnyTask(**sizes), CELLS[cell], hidden, bidirectional, **options))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("hidden", [(4, 4), (3, 5)], ids=str)
def test_initial_states_go_to_the_layers_that_torch_gives_them_to(cell, hidden, bidirectional):
    network = Network(AnyTask(), CELLS[cell], hidden, bidirectional, initial_state="uniform")
    assert_like_torch(network, with_initial=True)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("readout", ["last", "final"])
def test_an_answer_at_the_end_is_read_from_the_last_output_or_the_final_states(cell, bidirectional, readout):
    assert_like_torch(Network(AnyTask(), CELLS[cell], (4, 4), bidirectional, readout=readout))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_an_answer_at_every_step_is_read_from_every_output(cell, bidirectional):
    task = AnyTask(target=Target("class", 4, every_step=True))
    assert_like_torch(Network(task, CELLS[cell], (4, 4), bidirectional, readout="every"))


@pytest.mark.parametrize("every_step", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_without_a_readout_the_hidden_units_are_the_output(every_step, bidirectional):
    task = AnyTask(target=Target("class", 4, every_step=every_step))
    hidden = (3, 2) if bidirectional else (3, 4)
    assert_like_torch(Network(task, CELLS["lstm"], hidden, bidirectional, readout="none"))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("bidirectional", "readout"), [(False, "last"), (True, "last"), (True, "final")])
@pytest.mark.parametrize("kind", INPUTS)
def test_dot_attention_weighs_the_outputs_of_all_valid_steps(cell, bidirectional, readout, kind):
    sizes, options = INPUTS[kind]
    network = Network(AnyTask(**sizes), CELLS[cell], (3, 4), bidirectional, readout=readout, attention="dot", **options)
    assert_like_torch(network)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("bidirectional", "readout"), [(False, "last"), (True, "last"), (True, "final")])
@pytest.mark.parametrize("kind", ["one_hot", "embedding"])
def test_cosine_attention_weighs_the_symbols_of_all_valid_steps(cell, bidirectional, readout, kind):
    hidden = (2, 6 // (1 + bidirectional))
    options = {"readout": readout, "attention": "cosine", **INPUTS[kind][1]}
    assert_like_torch(Network(AnyTask(6), CELLS[cell], hidden, bidirectional, **options))


@pytest.mark.parametrize("attention", ["cosine", "dot"])
def test_what_stands_beyond_the_length_gets_no_attention(attention):
    network = Network(AnyTask(), CELLS["gru"], (5,), attention=attention)
    weights = stack_weights([network.initial_weights(0)])
    inputs, lengths, _ = (x[None] for x in to_tensors(network.task.sample(np.random.default_rng(0), 50)))
    other = torch.where(torch.arange(inputs.shape[2]) < lengths.unsqueeze(-1), inputs, 4 - inputs)
    torch.testing.assert_close(
        run(network, weights, inputs, lengths, None), run(network, weights, other, lengths, None)
    )


def test_a_query_of_zeros_gives_every_step_the_same_attention_and_a_finite_gradient():
    network = Network(AnyTask(), CELLS["relu"], (5,), attention="cosine", init=Initialisation("zero", bias="zero"))
    weights = stack_weights([network.initial_weights(0)])
    raw = run(network, weights, torch.tensor([[[3, 3, 1, 0]]]), torch.tensor([[3]]), None)
    expected = weights["readout.weight"][0] @ torch.tensor([0, 1, 0, 2, 0]).double() / 3 + weights["readout.bias"][0]
    torch.testing.assert_close(raw[0, 0], expected)
    assert all(gradient.isfinite().all() for gradient in torch.autograd.grad(raw.sum(), list(weights.values())))


def test_final_states_are_those_that_torch_hands_out():
    network = Network(AnyTask(), CELLS["gru"], (4,), bidirectional=True)
    weights = network.initial_weights(0)
    inputs, lengths, _ = to_tensors(network.task.sample(np.random.default_rng(0), B))
    net = TorchNet(network).load(weights)
    packed = torch.nn.utils.rnn.pack_padded_sequence(net.embed(inputs), lengths, True, enforce_sorted=False)
    _, (forward, backward) = net.recurrent(packed)
    raw = run(network, stack_weights([weights]), inputs[None], lengths[None], None)
    torch.testing.assert_close(raw[0], net.readout(torch.cat([forward, backward], dim=1)))


def test_outputs_of_the_top_layer_are_those_of_torch():
    network = Network(AnyTask(), CELLS["lstm"], (4, 4), bidirectional=True)
    weights = network.initial_weights(0)
    inputs, lengths, _ = to_tensors(network.task.sample(np.random.default_rng(0), B))
    expected = TorchNet(network).load(weights).double()
    outputs = run_layers(network, stack_weights([weights]), inputs[None], lengths[None], None)[0]
    valid = torch.arange(inputs.shape[1]) < lengths[:, None]
    torch.testing.assert_close(outputs[valid], expected.run_layers(expected.embed(inputs), lengths)[valid])


@pytest.mark.parametrize("bidirectional", [False, True])
def test_what_stands_beyond_the_length_changes_no_answer(bidirectional):
    network = Network(AnyTask(), CELLS["gru"], (4, 4), bidirectional)
    weights = stack_weights([network.initial_weights(0)])
    inputs, lengths, _ = (x[None] for x in to_tensors(network.task.sample(np.random.default_rng(0), 50)))
    other = torch.where(torch.arange(inputs.shape[2]) < lengths.unsqueeze(-1), inputs, 4 - inputs)
    assert not torch.equal(inputs, other)
    assert torch.equal(run(network, weights, inputs, lengths, None), run(network, weights, other, lengths, None))


def test_a_state_that_grows_without_end_beyond_the_length_changes_no_gradient():
    network = Network(AnyTask(max_length=400), CELLS["relu"], (2,))
    weights = stack_weights([network.initial_weights(0)])
    with torch.no_grad():
        weights["recurrent.weight_hh_l0"].copy_(10 * torch.eye(2))
        weights["recurrent.bias_ih_l0"].fill_(1)
    inputs = torch.zeros(1, 1, 400, dtype=torch.int64)
    lengths = torch.tensor([[3]])
    gradients = [
        torch.autograd.grad(run(network, weights, x, lengths, None).sum(), list(weights.values()))
        for x in (inputs[:, :, :3], inputs)
    ]
    for short, padded in zip(*gradients, strict=True):
        torch.testing.assert_close(padded, short)


@pytest.mark.parametrize(("cell", "states"), [("tanh", 1), ("lstm", 2)])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_initial_state_has_a_number_for_every_unit_state_and_direction(cell, states, bidirectional):
    network = Network(AnyTask(), CELLS[cell], (4, 3), bidirectional)
    assert state_size(network) == 7 * states * (1 + bidirectional)
