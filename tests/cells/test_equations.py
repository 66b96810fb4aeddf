"""Cells beside their papers' equations, written down once more in numpy, for one sequence."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.linalg import expm
from scipy.special import eval_legendre

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


def lmu(x, h, m, w):
    u = x[-1] + w["encoder_h"][0] @ h + w["encoder_m"][0] @ m
    m = w["A"] @ m + w["B"] * u
    return np.tanh(x[:-1] + w["weight_hh"] @ h + w["weight_mh"] @ m), m


def lru(x, re, im, y, w):
    x_re, x_im, skip = np.split(x, 3)
    diagonal = np.exp(-np.exp(w["nu"]) + 1j * np.exp(w["phi"]))
    state = diagonal * (re + 1j * im) + np.exp(w["gamma"]) * (x_re + 1j * x_im)
    return state.real, state.imag, ((w["weight_re"] + 1j * w["weight_im"]) @ state).real + skip


def exp_rnn(x, h, w):
    upper = np.triu(w["weight_hh"], 1)
    v = expm(upper - upper.T) @ h + x
    return (np.sign(v) * np.maximum(np.abs(v) + w["offset"], 0),)


def ind_rnn(x, h, w):
    return (np.maximum(x + w["recurrent"] * h, 0),)


def silu(x):
    return x * sigmoid(x)


def delta_net(x, h, s, w):
    outputs, after = [], []
    parts = np.split(x[: 3 * H], 3)
    for head, old in enumerate(s):
        own = slice(head * len(old), (head + 1) * len(old))
        q, k, v = (silu(part)[own] for part in parts)
        q, k = (vector / np.sqrt(vector @ vector + 1e-6) for vector in (q, k))
        write = sigmoid(x[3 * H + head])
        after.append(old + write * np.outer(k, v - old.T @ k))
        outputs.append(after[-1].T @ q / np.sqrt(len(q)))
    return np.concatenate(outputs), np.array(after)


EQUATIONS: dict[str, Callable[..., Any]] = {
    "LSTMPeephole": lstm_peephole,
    "LSTMCifg": lstm_cifg,
    "UGRNN": ugrnn,
    "MinGRU": min_gru,
    "MinLSTM": min_lstm,
    "CoRNN": cornn,
    "LEM": lem,
    "LMU": lmu,
    "LRU": lru,
    "ExpRNN": exp_rnn,
    "IndRNN": ind_rnn,
    "DeltaNet": delta_net,
}


def draw(rng, cell: cells.Cell):
    weights = {name: rng.normal(size=shape) for name, shape in cell.parameters(3, H).items()}
    weights |= cell.constants(3, H)
    return weights, [rng.normal(size=shape) for shape in cell.state_shapes(H).values()]


def step(cell: cells.Cell, x, states, weights):
    """One step of one sequence of one trial."""
    tensors = {name: torch.from_numpy(value)[None] for name, value in weights.items()}
    tensors = {name: value[None] if value.dim() == 2 else value for name, value in tensors.items()}
    tensors |= cell.prepare(tensors)
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


def test_deltas_of_several_heads_are_as_their_equations_say(rng):
    cell = cells.DeltaNet(2)
    weights, states = draw(rng, cell)
    x = rng.normal(size=3 * H + 2)
    for ours, theirs in zip(step(cell, x, states, weights), delta_net(x, *states, weights), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_a_key_written_with_a_full_share_is_read_again():
    """The delta rule: what was there for the key is gone, and what stands for other keys stays."""
    cell = cells.DeltaNet()
    first, second = np.eye(H)[:2] * 50 + 1e-9
    state = [np.zeros(H), np.zeros((1, H, H))]
    for key, value in ((first, 1.0), (second, 2.0), (first, 3.0)):
        state = step(
            cell, np.concatenate([key, key, np.full(H, value), [50.0]]), state, {"weight_ih": np.zeros((1, 1))}
        )
    for key, value in ((first, 3.0), (second, 2.0)):
        matrix = state[1][0]
        np.testing.assert_allclose(matrix.T @ (key / np.linalg.norm(key)), silu(value), rtol=1e-5)


@pytest.mark.parametrize("heads", [1, 2])
def test_an_mlstm_computes_its_unscaled_equations_from_the_first_step_on(heads, rng):
    cell = cells.MLSTM(heads)
    weights, _ = draw(rng, cell)
    states = [np.zeros(shape) for shape in cell.state_shapes(H).values()]
    size = H // heads
    memory, norm = np.zeros((heads, size, size)), np.zeros((heads, size))
    for x in rng.normal(size=(6, 4 * H + 2 * heads)):
        q, k, v, o = np.split(x[: 4 * H], 4)
        i, f = np.exp(x[4 * H : 4 * H + heads]), sigmoid(x[4 * H + heads :])
        read = []
        for head in range(heads):
            own = slice(head * size, (head + 1) * size)
            key = k[own] / np.sqrt(size)
            memory[head] = f[head] * memory[head] + i[head] * np.outer(v[own], key)
            norm[head] = f[head] * norm[head] + i[head] * key
            read.append(memory[head] @ q[own] / max(abs(norm[head] @ q[own]), 1))
        states = step(cell, x, states, weights)
        np.testing.assert_allclose(states[0], sigmoid(o) * np.concatenate(read), rtol=1e-10)


def test_the_gates_of_an_slstm_may_be_as_large_as_they_like(rng):
    cell = cells.SLSTM()
    weights, states = draw(rng, cell)
    after = step(cell, np.full(4 * H, 1000.0), states, weights)
    assert np.isfinite(after).all()


def test_the_memory_of_an_lmu_holds_its_input_as_legendre_polynomials():
    """Of the last theta values, a slow sine: what the coefficients give back at any delay is what was read then."""
    order, theta = 12, 60
    fixed = cells.LMU(order, theta).constants(1, H)
    read, m = np.sin(np.arange(200) / 15), np.zeros(order)
    for u in read:
        m = fixed["A"] @ m + fixed["B"] * u
    delays = np.array([5, 20, 40, 55])
    back = [m @ eval_legendre(np.arange(order), 2 * delay / theta - 1) for delay in delays]
    np.testing.assert_allclose(back, read[-1 - delays], atol=0.05)


def test_a_rotation_is_orthogonal_from_the_start(rng):
    cell = cells.ExpRNN("cayley")
    drawn = {name: torch.from_numpy(value)[None] for name, value in cell.draw_parameters(rng, 3, 7, 9).items()}
    given = drawn | {"above": torch.from_numpy(cell.constants(3, 7)["above"])[None]}
    rotation = cell.prepare(given)["rotation"][0]
    torch.testing.assert_close(rotation @ rotation.mT, torch.eye(7, dtype=torch.float64))


def test_the_sizes_of_an_lrus_diagonal_start_between_their_bounds(rng):
    drawn = cells.LRU(0.9, 0.99).draw_parameters(rng, 3, 1000, 9)
    size = np.exp(-np.exp(drawn["nu"]))
    assert 0.9 <= size.min() < 0.91
    assert 0.98 < size.max() <= 0.99
    np.testing.assert_allclose(np.exp(drawn["gamma"]), np.sqrt(1 - size**2), rtol=1e-6)


REFUSED = {
    "order must be at least 1, got 0": lambda: cells.LMU(0),
    "theta must be at least 1, got 0.5": lambda: cells.LMU(3, 0.5),
    "r_min and r_max must be 0 <= r_min < r_max <= 1, got 0.5 and 0.5": lambda: cells.LRU(0.5, 0.5),
    "max_phase must be positive, got 0": lambda: cells.LRU(max_phase=0),
    "steps must be at least 1 (or null), got 0": lambda: cells.IndRNN(0),
    "heads must be at least 1, got 0": lambda: cells.DeltaNet(0),
    "heads must be at least 1, got -1": lambda: cells.MLSTM(-1),
    "hidden must be a multiple of the 2 heads, got 5": lambda: cells.DeltaNet(2).state_shapes(5),
    "hidden must be a multiple of the 3 heads, got 5": lambda: cells.MLSTM(3).state_shapes(5),
    "dt must be positive, got 0": lambda: cells.LEM(0),
    "dt must be positive, got -1": lambda: cells.CoRNN(dt=-1),
    "gamma must be positive, got 0": lambda: cells.CoRNN(gamma=0),
    "epsilon must be positive, got 0": lambda: cells.CoRNN(epsilon=0),
}


@pytest.mark.parametrize("message", REFUSED)
def test_arguments_that_make_no_cell_are_refused(message):
    with pytest.raises(ValueError) as raised:
        REFUSED[message]()
    assert str(raised.value) == message


def test_a_cell_is_found_by_the_name_of_its_file():
    assert cells.LSTMPeephole.__module__ == "seqmem.cells.lstm_peephole"
    with pytest.raises(AttributeError, match=r"^module 'seqmem.cells' has no attribute 'LSTMx'$"):
        cells.LSTMx  # noqa: B018


def test_the_output_is_the_first_state_unless_told():
    assert output_of(cells.CoRNN()) == "y"
