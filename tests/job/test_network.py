from dataclasses import replace

import numpy as np
import pytest
from torch import nn

from seqmem.cells import GRU, LSTM, RNN
from seqmem.job.initialisation import Initialisation
from seqmem.job.network import Layer, Network
from seqmem.tasks import BinaryAddition, Echo, Recall

MODULES = {"rnn": (RNN(), nn.RNN), "lstm": (LSTM(), nn.LSTM), "gru": (GRU(), nn.GRU)}


@pytest.mark.parametrize("model", MODULES)
@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_parameters_are_named_ordered_and_shaped_as_torchs(model, num_layers, bidirectional):
    cell, module = MODULES[model]
    network = Network(Recall(), cell, (5,) * num_layers, bidirectional)
    theirs = nn.ModuleDict(
        {
            "recurrent": module(10, 5, num_layers, bidirectional=bidirectional),
            "readout": nn.Linear(5 * (1 + bidirectional), 10),
        }
    )
    expected = [(name, tuple(value.shape)) for name, value in theirs.named_parameters()]
    assert list(network.parameters().items()) == expected


def test_an_embedding_is_shaped_as_torchs_and_read_by_the_first_layer():
    shapes = Network(Recall(), LSTM(), (5,), embedding_size=3).parameters()
    assert next(iter(shapes)) == "embedding.weight"
    assert shapes["embedding.weight"] == tuple(nn.Embedding(10, 3).weight.shape)
    assert shapes["recurrent.weight_ih_l0"] == (20, 3)


@pytest.mark.parametrize(("bidirectional", "read"), [(False, [10, 2, 4]), (True, [10, 4, 8])])
def test_layers_of_other_widths_read_all_that_is_below_them(bidirectional, read):
    shapes = Network(Recall(), RNN(), (2, 4, 8), bidirectional).parameters()
    for depth, (size, width) in enumerate(zip(read, (2, 4, 8), strict=True)):
        for suffix in ("", "_reverse")[: 1 + bidirectional]:
            assert shapes[f"recurrent.weight_ih_l{depth}{suffix}"] == (width, size)
            assert shapes[f"recurrent.weight_hh_l{depth}{suffix}"] == (width, width)
    assert shapes["readout.weight"] == (10, 8 * (1 + bidirectional))


def test_layers_go_from_bottom_to_top_and_forward_before_reverse():
    layers = Network(Recall(), RNN(), (2, 4), bidirectional=True).layers
    assert layers == [Layer(0, 10, 2, False), Layer(0, 10, 2, True), Layer(1, 4, 4, False), Layer(1, 4, 4, True)]


def test_parameters_are_counted_as_torch_counts_them():
    theirs = nn.ModuleList([nn.Embedding(10, 3), nn.LSTM(3, 7, 2, bidirectional=True), nn.Linear(14, 10)])
    network = Network(Recall(), LSTM(), (7, 7), bidirectional=True, embedding_size=3)
    assert network.num_parameters == sum(value.numel() for value in theirs.parameters())


def test_without_a_readout_there_are_no_weights_of_one():
    network = Network(Echo(), RNN(), (4,), readout="none")
    assert not [name for name in network.parameters() if name.startswith("readout")]


@pytest.mark.parametrize(
    ("task", "bidirectional", "readout"),
    [(Recall(), False, "last"), (Recall(), True, "final"), (Echo(), False, "every"), (Echo(), True, "every")],
)
def test_the_readout_is_chosen_by_the_answer_and_the_directions(task, bidirectional, readout):
    assert Network(task, RNN(), (4,), bidirectional).readout == readout


@pytest.mark.parametrize("model", MODULES)
def test_weights_have_the_names_and_shapes_of_the_parameters(model):
    network = Network(Recall(), MODULES[model][0], (5, 3), bidirectional=True, embedding_size=4)
    weights = network.initial_weights(0)
    assert [(name, value.shape) for name, value in weights.items()] == list(network.parameters().items())
    assert {value.dtype for value in weights.values()} == {np.dtype(np.float32)}


def test_the_same_seed_draws_the_same_weights():
    first, second = (Network(Recall(), LSTM(), (5,)).initial_weights(7) for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_every_parameter_differs_from_seed_to_seed():
    network = Network(Recall(), LSTM(), (5,), embedding_size=3)
    first, second = (network.initial_weights(seed) for seed in (0, 1))
    assert not any(np.array_equal(first[name], second[name]) for name in first)


def test_no_two_layers_or_directions_start_alike():
    weights = Network(Recall(), RNN(), (10, 10), bidirectional=True).initial_weights(0)
    recurrent = [tuple(value.ravel()) for name, value in weights.items() if "weight_hh" in name]
    assert len(set(recurrent)) == 4


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("input", "weight_ih"),
        ("recurrent", "weight_hh"),
        ("bias", "bias"),
        ("bias_ih", "bias_ih"),
        ("bias_hh", "bias_hh"),
        ("readout", "readout"),
    ],
)
def test_a_rule_reaches_its_own_kind_of_weight_in_every_layer(key, part):
    init = Initialisation(
        **{"input": "zero", "recurrent": "zero", "bias": "zero", "readout": "zero"} | {key: "default"}
    )
    weights = Network(Recall(), GRU(), (5, 3), bidirectional=True, init=init).initial_weights(0)
    for name, value in weights.items():
        own = name.removeprefix("recurrent.").startswith(part)
        assert value.any() == own, name


def test_each_layer_has_the_own_rule_in_both_directions():
    init = Initialisation({"uniform": 0.1}, {"uniform": 0.1}, bias_ih=[{"constant": -2 * k} for k in (1, 2, 3)])
    network = Network(Recall(), LSTM(), (2, 4, 8), bidirectional=True, init=init)
    weights, plain = network.initial_weights(0), replace(network, init=Initialisation()).initial_weights(0)
    for depth, width in enumerate((2, 4, 8)):
        for suffix in (f"_l{depth}", f"_l{depth}_reverse"):
            np.testing.assert_array_equal(weights[f"recurrent.bias_ih{suffix}"], np.full(4 * width, -2 * (depth + 1)))
            assert np.abs(weights[f"recurrent.weight_ih{suffix}"]).max() <= 0.1
            assert 0 < np.abs(weights[f"recurrent.bias_hh{suffix}"]).max() <= width**-0.5
            assert 0 < np.abs(plain[f"recurrent.bias_ih{suffix}"]).max() <= width**-0.5


def test_the_default_bound_is_that_of_each_layers_own_width():
    weights = Network(Recall(), LSTM(), (64, 4), bidirectional=True).initial_weights(0)
    for suffix in ("", "_reverse"):
        assert 0.12 < np.abs(weights[f"recurrent.weight_ih_l0{suffix}"]).max() <= 0.125
        assert 0.45 < np.abs(weights[f"recurrent.weight_ih_l1{suffix}"]).max() <= 0.5


def test_the_readouts_bound_is_that_of_the_units_it_reads():
    weights = Network(Recall(), LSTM(), (4, 32), bidirectional=True).initial_weights(0)
    assert 0.12 < np.abs(weights["readout.weight"]).max() <= 0.125
    assert np.abs(weights["readout.bias"]).max() <= 0.125


def test_an_embedding_starts_standard_normal_as_torchs():
    weights = Network(Recall(), LSTM(), (5,), embedding_size=200).initial_weights(0)["embedding.weight"]
    assert weights.std() == pytest.approx(1, abs=0.05)


def test_chrono_takes_the_tasks_longest_sequence():
    network = Network(Recall(max_length=50), LSTM(), (500,), init=Initialisation(bias="chrono"))
    forget = network.initial_weights(0)["recurrent.bias_ih_l0"][500:1000]
    assert 45 < np.exp(forget).max() <= 49.001


def test_no_layer_at_all_is_refused():
    with pytest.raises(ValueError, match=r"^hidden must have at least one layer, got \[\]$"):
        Network(Recall(), RNN(), ())


@pytest.mark.parametrize(("hidden", "bad"), [((0,), "0"), ((8, -1), "-1")])
def test_a_width_that_is_not_positive_is_refused(hidden, bad):
    with pytest.raises(ValueError, match=f"^hidden must be positive, got {bad}$"):
        Network(Recall(), RNN(), hidden)


@pytest.mark.parametrize(("hidden", "bad"), [((2.5,), "2.5"), ((True,), "true")])
def test_a_width_that_is_no_whole_number_is_refused(hidden, bad):
    with pytest.raises(ValueError, match=f"^hidden must be a whole number, got {bad}$"):
        Network(Recall(), RNN(), hidden)


def test_an_empty_embedding_is_refused():
    with pytest.raises(ValueError, match=r"^embedding_size must be positive, got 0$"):
        Network(Recall(), RNN(), (4,), embedding_size=0)


def test_an_embedding_of_features_is_refused():
    message = r"^embedding_size needs symbols to embed, but BinaryAddition reads features; choose null$"
    with pytest.raises(ValueError, match=message):
        Network(BinaryAddition(), RNN(), (4,), embedding_size=3)


def test_an_unknown_initial_state_is_refused():
    with pytest.raises(ValueError, match=r"^initial_state must be one of zeros, uniform, got normal$"):
        Network(Recall(), RNN(), (4,), initial_state="normal")


@pytest.mark.parametrize("readout", ["last", "final"])
def test_a_readout_at_the_end_does_not_fit_an_answer_at_every_step(readout):
    message = rf"^readout={readout} does not fit an answer at every step; choose auto, every, none$"
    with pytest.raises(ValueError, match=message):
        Network(Echo(), RNN(), (4,), readout=readout)


def test_an_unknown_readout_is_refused():
    with pytest.raises(ValueError, match=r"^readout must be one of last, every, final, none, auto, got first$"):
        Network(Echo(), RNN(), (4,), readout="first")


def test_a_readout_at_every_step_does_not_fit_an_answer_at_the_end():
    message = r"^readout=every does not fit an answer at the end; choose auto, last, final, none$"
    with pytest.raises(ValueError, match=message):
        Network(Recall(), RNN(), (4,), readout="every")


@pytest.mark.parametrize(("bidirectional", "got"), [(False, 5), (True, 10)])
def test_hidden_units_that_are_not_one_for_each_output_need_a_readout(bidirectional, got):
    message = rf"^readout=none needs 4 hidden units in the top layer, one for each output, got {got}$"
    with pytest.raises(ValueError, match=message):
        Network(Echo(), RNN(), (4, 5), bidirectional, readout="none")


def test_a_rule_that_does_not_fit_the_cell_is_refused_when_the_network_is_built():
    with pytest.raises(ValueError, match=r"^init.bias=chrono needs a cell with a gate that keeps, RNN has none$"):
        Network(Recall(), RNN(), (4,), init=Initialisation(bias="chrono"))


class Leaky(RNN):
    """A cell with two parameters of its own."""

    def parameters(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return super().parameters(input_size, hidden_size) | {"leak": (hidden_size,), "mix": (hidden_size, hidden_size)}


def test_a_cells_own_parameters_stand_beside_the_usual_four_in_every_layer():
    names = list(Network(Recall(), Leaky(), (5, 3)).parameters())
    assert names[4:6] == ["recurrent.leak_l0", "recurrent.mix_l0"]
    assert names[10:12] == ["recurrent.leak_l1", "recurrent.mix_l1"]


def test_a_cells_own_parameters_start_by_the_default_rule_whatever_the_others_do():
    init = Initialisation(input="zero", recurrent="zero", bias="zero", readout="zero")
    weights = Network(Recall(), Leaky(), (100,), init=init).initial_weights(0)
    assert 0.09 < np.abs(weights["recurrent.mix_l0"]).max() <= 0.1
    assert weights["recurrent.leak_l0"].any()


def test_a_network_can_be_built_again_with_another_width():
    assert replace(Network(Recall(), RNN(), (4,)), hidden=(6,)).top_size == 6


def test_packed_weights_unpack_to_what_they_were():
    network = Network(Recall(), LSTM(), (3, 2), bidirectional=True)
    weights = network.initial_weights(0)
    unpacked = network.unpack(network.pack(weights))
    assert list(unpacked) == list(network.parameters())
    for name, value in weights.items():
        np.testing.assert_array_equal(unpacked[name], value)


def test_stacked_weights_unpack_with_their_leading_axis():
    network = Network(Recall(), RNN(), (3,))
    stack = np.stack([network.pack(network.initial_weights(seed)) for seed in range(4)])
    unpacked = network.unpack(stack)
    assert {name: part.shape for name, part in unpacked.items()} == {
        name: (4, *shape) for name, shape in network.parameters().items()
    }
    assert np.shares_memory(unpacked["readout.bias"], stack)
