import numpy as np
import pytest
import scipy.stats
from torch import nn

from seqmem.cells import GRU, LSTM, RNN, SLSTM, MinGRU
from seqmem.job.initialisation import Initialisation
from seqmem.job.network import Network
from seqmem.tasks import Recall

H = 16
CELLS = {"rnn": RNN(), "lstm": LSTM(), "gru": GRU()}


@pytest.fixture(params=["input", "recurrent", "readout"])
def key(request) -> str:
    return request.param


def draw(rng, key: str, rule, shape=(50, H)) -> np.ndarray:
    return Initialisation(**{key: rule}).draw_matrix(rng, key, shape, H)


def is_uniform(values, low: float, high: float) -> bool:
    return bool(scipy.stats.kstest(np.ravel(values), "uniform", (low, high - low)).pvalue > 1e-4)


def test_weights_are_float32_of_the_shape_that_is_asked_for(rng, key):
    for rule in ("default", "zero", {"normal": 1}, {"uniform": 1}, {"constant": 1}):
        weights = draw(rng, key, rule, (48, 16))
        assert weights.dtype == np.float32
        assert weights.shape == (48, 16)


def test_default_weights_are_uniform_within_the_bound_of_the_width(rng, key):
    assert is_uniform(draw(rng, key, "default", (300, H)), -0.25, 0.25)


@pytest.mark.parametrize("module", [nn.RNN, nn.LSTM, nn.GRU])
def test_the_default_bound_is_torchs(module, rng):
    theirs = np.concatenate([p.detach().numpy().ravel() for p in module(200, H).parameters()])
    ours = draw(rng, "input", "default", (200, H)).ravel()
    assert np.abs(theirs).max() == pytest.approx(np.abs(ours).max(), rel=0.02)


def test_the_default_bound_of_the_readout_is_torchs(rng):
    theirs = nn.Linear(H, 300).weight.detach().numpy()
    assert np.abs(theirs).max() == pytest.approx(np.abs(draw(rng, "readout", "default", (300, H))).max(), rel=0.02)


def test_zero_weights_are_zero(rng, key):
    assert not draw(rng, key, "zero").any()


def test_normal_weights_have_mean_zero_and_the_deviation_that_is_given(rng, key):
    weights = draw(rng, key, {"normal": 0.3}, (300, H)).ravel()
    assert scipy.stats.kstest(weights / 0.3, "norm").pvalue > 1e-4


def test_one_number_bounds_uniform_weights_on_both_sides(rng, key):
    assert is_uniform(draw(rng, key, {"uniform": 0.1}, (300, H)), -0.1, 0.1)


def test_two_numbers_are_the_ends_of_a_uniform_range(rng, key):
    assert is_uniform(draw(rng, key, {"uniform": [0, 1]}, (300, H)), 0, 1)


def test_constant_weights_are_all_that_number(rng, key):
    np.testing.assert_array_equal(draw(rng, key, {"constant": -2}), -2)


@pytest.mark.parametrize("gates", [1, 3, 4])
def test_identity_is_one_for_each_gate(gates, rng):
    weights = draw(rng, "recurrent", "identity", (gates * H, H))
    np.testing.assert_array_equal(weights.reshape(gates, H, H), np.tile(np.eye(H), (gates, 1, 1)))


def test_orthogonal_blocks_are_rotations_and_differ_from_gate_to_gate(rng):
    blocks = draw(rng, "recurrent", "orthogonal", (4 * H, H)).reshape(4, H, H)
    for block in blocks:
        np.testing.assert_allclose(block @ block.T, np.eye(H), atol=1e-6)
    assert len({tuple(block.ravel()) for block in blocks}) == 4


def test_orthogonal_blocks_turn_to_either_side(rng):
    first = [draw(rng, "recurrent", "orthogonal", (H, H))[0, 0] for _ in range(50)]
    assert 10 < np.count_nonzero(np.array(first) > 0) < 40


def test_the_same_stream_draws_the_same_weights(key):
    first, second = (draw(np.random.default_rng(4), key, "default") for _ in range(2))
    np.testing.assert_array_equal(first, second)


def draw_biases(rule, cell, hidden_size: int = 400, max_length: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """Both biases, a row for each gate."""
    rng, init, size = np.random.default_rng(0), Initialisation(bias=rule), len(cell.gates) * hidden_size
    biases = [init.draw_bias(rng, name, cell, size, hidden_size, max_length) for name in ("bias_ih", "bias_hh")]
    return tuple(bias.reshape(len(cell.gates), hidden_size) for bias in biases)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_default_biases_are_uniform_within_the_bound_of_the_width_and_differ(cell):
    bias_ih, bias_hh = draw_biases("default", cell)
    assert is_uniform(bias_ih, -0.05, 0.05)
    assert is_uniform(bias_hh, -0.05, 0.05)
    assert not np.array_equal(bias_ih, bias_hh)


@pytest.mark.parametrize(("rule", "value"), [("zero", 0), ({"constant": 0.5}, 0.5)])
def test_zero_and_constant_biases_are_set_in_both(rule, value):
    for bias in draw_biases(rule, LSTM()):
        np.testing.assert_array_equal(bias, value)


def test_gate_biases_stand_in_their_gates_and_all_others_are_zero():
    bias_ih, bias_hh = draw_biases({"forget": 5, "input": -6.5}, LSTM())
    np.testing.assert_array_equal(bias_ih, np.repeat([[-6.5], [5], [0], [0]], 400, axis=1))
    np.testing.assert_array_equal(bias_hh, 0)


def test_a_gru_has_gates_of_its_own():
    bias_ih, _ = draw_biases({"update": 3}, GRU())
    np.testing.assert_array_equal(bias_ih[:, 0], [0, 3, 0])


def test_the_only_gate_of_an_rnn_can_be_set():
    np.testing.assert_array_equal(draw_biases({"hidden": 3}, RNN())[0], 3)


def test_chrono_opens_an_lstms_forget_gate_and_closes_its_input_gate():
    bias_ih, bias_hh = draw_biases("chrono", LSTM(), max_length=100)
    assert is_uniform(np.exp(bias_ih[1]), 1, 99)
    np.testing.assert_array_equal(bias_ih[0], -bias_ih[1])
    np.testing.assert_array_equal(bias_ih[2:], 0)
    np.testing.assert_array_equal(bias_hh, 0)


def test_chrono_opens_a_grus_update_gate_alone():
    bias_ih, bias_hh = draw_biases("chrono", GRU(), max_length=100)
    assert is_uniform(np.exp(bias_ih[1]), 1, 99)
    np.testing.assert_array_equal(bias_ih[[0, 2]], 0)
    np.testing.assert_array_equal(bias_hh, 0)


def test_chrono_with_a_number_takes_it_for_the_longest_sequence():
    bias_ih, _ = draw_biases({"chrono": 30}, LSTM(), max_length=1000)
    assert is_uniform(np.exp(bias_ih[1]), 1, 29)


@pytest.mark.parametrize("max_length", [1, 2])
def test_chrono_for_the_shortest_sequences_is_zero(max_length):
    assert not draw_biases("chrono", LSTM(), max_length=max_length)[0].any()


@pytest.mark.parametrize("rule", ["default", "zero", {"constant": 2}, {"forget": 5}, "chrono"], ids=str)
@pytest.mark.parametrize(("own", "other"), [("bias_ih", "bias_hh"), ("bias_hh", "bias_ih")])
def test_one_of_the_biases_can_have_a_rule_of_its_own(rule, own, other):
    def draw(name: str, **own_rule) -> np.ndarray:
        return Initialisation(bias=rule, **own_rule).draw_bias(np.random.default_rng(0), name, LSTM(), 4 * H, H, 9)

    np.testing.assert_array_equal(draw(own, **{own: {"constant": -3}}), -3)
    np.testing.assert_array_equal(draw(other, **{own: {"constant": -3}}), draw(other))


def test_gates_can_be_set_in_the_recurrent_biases():
    init = Initialisation(bias_hh={"new": 4})
    bias = init.draw_bias(np.random.default_rng(0), "bias_hh", GRU(), 3 * H, H, 9)
    np.testing.assert_array_equal(bias.reshape(3, H), np.repeat([[0], [0], [4]], H, axis=1))


@pytest.mark.parametrize("key", ["input", "recurrent"])
def test_a_list_has_a_rule_for_each_layer(key, rng):
    init = Initialisation(**{key: [{"constant": 1}, "zero", {"constant": 3}]})
    drawn = [init.draw_matrix(rng, key, (H, H), H, depth) for depth in range(3)]
    assert [set(weights.ravel().tolist()) for weights in drawn] == [{1}, {0}, {3}]


@pytest.mark.parametrize("name", ["bias_ih", "bias_hh"])
@pytest.mark.parametrize("key", ["bias", "own"])
def test_a_list_of_biases_has_a_rule_for_each_layer(key, name, rng):
    init = Initialisation(**{name if key == "own" else "bias": [{"constant": -2}, {"constant": -4}]})
    drawn = [init.draw_bias(rng, name, LSTM(), 4 * H, H, 9, depth) for depth in range(2)]
    assert [set(bias.tolist()) for bias in drawn] == [{-2}, {-4}]


RULES = [
    {},
    {"input": {"normal": 1}, "bias": {"chrono": 100}},
    {"recurrent": "orthogonal", "bias": {"forget": 7, "input": -3}},
    {"input": {"uniform": 0.1}, "recurrent": {"uniform": [0, 1]}, "readout": {"constant": 0.5}},
    {"bias_ih": [{"constant": -2}, {"forget": -4}, "chrono"], "bias_hh": "zero", "input": ["zero", "default", "zero"]},
]


@pytest.mark.parametrize("rules", RULES, ids=str)
def test_rules_that_fit_pass(rules):
    Initialisation(**rules).check(LSTM(), 3)


def assert_refused(message: str, cell=None, **rules) -> None:
    with pytest.raises(ValueError) as refusal:
        Initialisation(**rules).check(cell or LSTM(), 3)
    assert str(refusal.value) == message


def test_an_unknown_rule_is_refused(key):
    choices = "default, zero, normal, uniform, constant" + (", identity, orthogonal" if key == "recurrent" else "")
    assert_refused(f"init.{key} must be one of {choices}, got xavier", **{key: "xavier"})
    assert_refused(f"init.{key} must be one of {choices}, got xavier", **{key: {"xavier": "much"}})


@pytest.mark.parametrize("rule", ["identity", "orthogonal"])
@pytest.mark.parametrize("where", ["input", "readout", "bias"])
def test_square_rules_are_for_recurrent_weights_alone(rule, where):
    with pytest.raises(ValueError, match=rf"^init.{where} must be one of .*, got {rule}$"):
        Initialisation(**{where: rule}).check(LSTM(), 3)


def test_an_unknown_rule_for_biases_is_refused_with_the_gates():
    choices = "default, zero, normal, uniform, constant, chrono, {reset: value}, {update: value}, {new: value}"
    assert_refused(f"init.bias must be one of {choices}, got forget", GRU(), bias={"forget": 5})


def test_an_unknown_gate_among_gates_is_refused():
    message = "init.bias must name gates of LSTM, input, forget, cell, output, got inptu"
    assert_refused(message, bias={"forget": 5, "inptu": -6})


@pytest.mark.parametrize("value", [None, "high", float("nan"), True])
def test_a_gate_bias_that_is_no_number_is_refused(value):
    assert_refused(f"init.bias={{forget: ..}} needs a number, got {value}", bias={"forget": value})


def test_chrono_without_a_gate_that_keeps_is_refused():
    assert_refused("init.bias=chrono needs a cell with a gate that keeps, RNN has none", RNN(), bias="chrono")


@pytest.mark.parametrize("rule", ["normal", "uniform", "constant"])
@pytest.mark.parametrize("where", ["input", "bias"])
def test_a_rule_without_its_number_is_refused(rule, where):
    assert_refused(f"init.{where}={rule} needs a number: init.{where}={{{rule}: 0.1}}", **{where: rule})


@pytest.mark.parametrize("rule", ["default", "zero", "identity", "orthogonal"])
def test_a_number_for_a_rule_that_has_none_is_refused(rule):
    assert_refused(f"init.recurrent={rule} takes no number, got 3", recurrent={rule: 3})


@pytest.mark.parametrize("value", ["x", float("inf"), [1, 2, 3], [0, "x"], True])
def test_a_value_that_is_no_number_is_refused(value):
    assert_refused(f"init.input={{uniform: ..}} needs a number, got {value}", input={"uniform": value})


@pytest.mark.parametrize("rule", ["normal", "uniform"])
def test_a_negative_spread_is_refused(rule):
    assert_refused(f"init.input={{{rule}: ..}} must not be negative, got -1", input={rule: -1})


def test_a_range_whose_ends_are_exchanged_is_refused():
    assert_refused("init.input={uniform: [a, b]} needs a below b, got [1, 0]", input={"uniform": [1, 0]})


def test_a_chrono_shorter_than_two_steps_is_refused():
    assert_refused("init.bias={chrono: ..} must be at least 2, got 1", bias={"chrono": 1})


@pytest.mark.parametrize("rule", [0, None, {}, {"normal": 1, "uniform": 1}])
def test_what_is_not_one_rule_is_refused(rule):
    assert_refused(f"init.input must be one rule, a name or {{name: number}}, got {rule}", input=rule)


@pytest.mark.parametrize("where", ["input", "recurrent", "bias", "bias_ih", "bias_hh"])
@pytest.mark.parametrize("count", [0, 2, 4])
def test_a_list_of_another_length_than_the_layers_is_refused(where, count):
    message = f"init.{where} must be one rule or a list of 3, one a layer, got {count}"
    assert_refused(message, **{where: ["zero"] * count})


def test_a_list_for_the_readout_is_refused():
    message = "init.readout must be one rule, a name or {name: number}, got ['zero', 'zero', 'zero']"
    assert_refused(message, readout=["zero"] * 3)


@pytest.mark.parametrize("where", ["bias_ih", "bias_hh"])
def test_a_bad_rule_for_one_of_the_biases_is_refused_by_its_name(where):
    assert_refused(
        f"init.{where} must be one of default, zero, normal, uniform, constant, chrono, {{hidden: value}}, "
        "got identity",
        RNN(),
        **{where: ["zero", "zero", "identity"]},
    )
    assert_refused(f"init.{where}=chrono needs a cell with a gate that keeps, RNN has none", RNN(), **{where: "chrono"})
    message = f"init.{where} must name gates of LSTM, input, forget, cell, output, got inptu"
    assert_refused(message, **{where: {"forget": 5, "inptu": -6}})


def test_no_rule_at_all_for_the_biases_is_refused():
    assert_refused("init.bias must be one rule, a name or {name: number}, got None", bias=None)


def test_default_leaves_a_parameter_to_the_cells_own_rule():
    network = Network(Recall(), SLSTM(), (4,))
    weights = network.initial_weights(0)
    np.testing.assert_array_equal(weights["recurrent.weight_hh_l0"], 0)
    forget = weights["recurrent.bias_ih_l0"][4:8]
    assert (forget[0], forget[3]) == (5, -7)


def test_another_rule_than_default_overrides_that_of_the_cell():
    init = Initialisation(input={"constant": 3}, recurrent="identity", bias="zero")
    weights = Network(Recall(), SLSTM(), (4,), init=init).initial_weights(0)
    np.testing.assert_array_equal(weights["recurrent.weight_ih_l0"], 3)
    np.testing.assert_array_equal(weights["recurrent.weight_hh_l0"], np.tile(np.eye(4), (4, 1)))
    np.testing.assert_array_equal(weights["recurrent.bias_ih_l0"], 0)


def test_a_rule_for_recurrent_weights_that_a_cell_lacks_is_refused():
    with pytest.raises(ValueError, match=r"^init.recurrent must be default, as MinGRU has no weight_hh$"):
        Network(Recall(), MinGRU(), (4,), init=Initialisation(recurrent="zero"))
