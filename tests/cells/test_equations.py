"""Cells beside their papers' equations, written down once more in numpy, for one sequence."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from seqmem import cells
from seqmem.cells.checks import output_of

H = 4


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def positive(x):
    return np.where(x >= 0, x + 0.5, sigmoid(x))


def lstm_peephole(x, h, c, w):
    i, f, g, o = np.split(x + w["bias_hh"] + w["weight_hh"] @ h, 4)
    p_i, p_f, p_o = np.split(w["peepholes"], 3)
    new = sigmoid(f + p_f * c) * c + sigmoid(i + p_i * c) * np.tanh(g)
    return sigmoid(o + p_o * new) * np.tanh(new), new


def lstm_cifg(x, h, c, w):
    f, g, o = np.split(x + w["bias_hh"] + w["weight_hh"] @ h, 3)
    c = sigmoid(f) * c + (1 - sigmoid(f)) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def ugrnn(x, h, w):
    g, c = np.split(x + w["bias_hh"] + w["weight_hh"] @ h, 2)
    return (sigmoid(g + 1) * h + (1 - sigmoid(g + 1)) * np.tanh(c),)


def min_gru(x, h, w):
    z, n = np.split(x, 2)
    return ((1 - sigmoid(z)) * h + sigmoid(z) * positive(n),)


def min_lstm(x, h, w):
    f, i, n = np.split(x, 3)
    f, i = sigmoid(f) / (sigmoid(f) + sigmoid(i)), sigmoid(i) / (sigmoid(f) + sigmoid(i))
    return (f * h + i * positive(n),)


def cornn(x, y, z, w):
    z = z + 0.042 * (np.tanh(x + w["weight_hh"] @ y + w["weight_zh"] @ z) - 2.7 * y - 4.7 * z)
    return y + 0.042 * z, z


def lem(x, y, z, w):
    x_d, x_e, x_z, x_y = np.split(x, 4)
    w_d, w_e, w_z = np.split(w["weight_hh"], 3)
    d, e = sigmoid(x_d + w_d @ y), sigmoid(x_e + w_e @ y)
    z = (1 - d) * z + d * np.tanh(x_z + w_z @ y)
    return (1 - e) * y + e * np.tanh(x_y + w["weight_zh"] @ z), z


EQUATIONS: dict[str, Callable[..., Any]] = {
    "LSTMPeephole": lstm_peephole,
    "LSTMCifg": lstm_cifg,
    "UGRNN": ugrnn,
    "MinGRU": min_gru,
    "MinLSTM": min_lstm,
    "CoRNN": cornn,
    "LEM": lem,
}


def draw(rng, cell: cells.Cell):
    weights = {name: rng.normal(size=shape) for name, shape in cell.parameters(3, H).items()}
    return weights, [rng.normal(size=shape) for shape in cell.state_shapes(H).values()]


def step(cell: cells.Cell, x, states, weights):
    """One step of one sequence of one trial."""
    tensors = {name: torch.from_numpy(value)[None] for name, value in weights.items()}
    tensors = {name: value[None] if value.dim() == 2 else value for name, value in tensors.items()}
    after = cell.step(torch.from_numpy(x)[None, None], tuple(torch.from_numpy(s)[None, None] for s in states), tensors)
    return [state[0, 0].numpy() for state in after]


@pytest.mark.parametrize("name", EQUATIONS)
def test_a_step_is_as_its_equations_say(name, rng):
    cell = getattr(cells, name)()
    weights, states = draw(rng, cell)
    x = rng.normal(size=weights["weight_ih"].shape[0])
    expected = EQUATIONS[name](x, *states, weights)
    for ours, theirs in zip(step(cell, x, states, weights), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_an_slstm_computes_its_unscaled_equations_from_the_first_step_on(rng):
    cell = cells.SLSTM()
    weights, _ = draw(rng, cell)
    states = [np.full(shape, cell.initial_states().get(name, 0.0)) for name, shape in cell.state_shapes(H).items()]
    h, c, n = np.zeros((3, H))
    for x in rng.normal(size=(6, 4 * H)):
        i, f, z, o = np.split(x + weights["weight_hh"] @ h, 4)
        c, n = sigmoid(f) * c + np.exp(i) * np.tanh(z), sigmoid(f) * n + np.exp(i)
        h = sigmoid(o) * c / n
        states = step(cell, x, states, weights)
        np.testing.assert_allclose(states[0], h, rtol=1e-10)


def test_the_gates_of_an_slstm_may_be_as_large_as_they_like(rng):
    cell = cells.SLSTM()
    weights, states = draw(rng, cell)
    after = step(cell, np.full(4 * H, 1000.0), states, weights)
    assert np.isfinite(after).all()


def test_a_cell_is_found_by_the_name_of_its_file():
    assert cells.LSTMPeephole.__module__ == "seqmem.cells.lstm_peephole"
    with pytest.raises(AttributeError, match=r"^module 'seqmem.cells' has no attribute 'LSTMx'$"):
        cells.LSTMx  # noqa: B018


def test_the_output_is_the_first_state_unless_told():
    assert output_of(cells.CoRNN()) == "y"


@pytest.mark.parametrize("values", [{"dt": 0}, {"gamma": -1}, {"epsilon": 0}])
def test_an_oscillator_needs_positive_constants(values):
    ((name, value),) = values.items()
    with pytest.raises(ValueError, match=f"^{name} must be positive, got {value}$"):
        cells.CoRNN(**values)


def test_a_longest_step_must_be_positive():
    with pytest.raises(ValueError, match=r"^dt must be positive, got 0$"):
        cells.LEM(0)
