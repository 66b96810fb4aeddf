import numpy as np
import pytest
import torch

import seqmem
from multirun_analysis import draw_all, read_sweep, summarise
from multirun_analysis.frames.portraits import find_fixed, read_portraits
from seqmem import records


def train(folder, cell, hidden):
    task = seqmem.tasks.Recall()
    job = seqmem.Job(seqmem.Network(task, cell, hidden=hidden), trials=1, max_sequences=64, test_sequences=10)
    seqmem.run([job], folder, engine="reference", progress=False)
    (path,) = records.find_jobs(folder)
    return path


@pytest.fixture(params=[(seqmem.cells.RNN(), 2), (seqmem.cells.GRU(), 1), (seqmem.cells.LSTM(), 1)], ids=str)
def folder(request, tmp_path):
    return train(tmp_path, *request.param)


def test_the_state_moves_as_that_of_the_loaded_network(folder):
    own = records.read_state_map(folder, records.read_result(folder).config)
    _, network = seqmem.load(folder)
    symbols = [3, 1, 4]
    states = network.hidden_states([symbols])
    theirs = torch.cat([state[0] for state in states.values()], dim=-1).detach().numpy()  # (T, D)
    state = np.zeros((1, len(own.names)))
    for step, symbol in enumerate(symbols):
        state = own.move(state, symbol)
        np.testing.assert_allclose(state[0], theirs[step], rtol=1e-4, atol=1e-6)


def test_fixed_points_stay_and_stable_ones_draw_others_in(folder):
    own = records.read_state_map(folder, records.read_result(folder).config)
    size = len(own.names)
    starts = np.random.default_rng(0).uniform(-1, 1, (40, size))
    fixed, stable = find_fixed(own, 2, starts, np.full(size, 10.0))
    assert len(fixed) >= 1
    np.testing.assert_allclose(own.move(fixed, 2), fixed, atol=1e-3)
    near = fixed[stable] + 1e-3
    for _ in range(2000):
        near = own.move(near, 2)
    np.testing.assert_allclose(near, fixed[stable], atol=2e-4)


def test_a_portrait_has_a_move_for_each_symbol_and_is_drawn(folder):
    sweep = read_sweep(folder.parent)
    (portrait,) = read_portraits(sweep)
    assert [move.symbol for move in portrait.moves] == list("0123456789")[: len(portrait.moves)]
    assert "phase_portrait" in dict(draw_all(sweep, summarise(sweep)))


@pytest.mark.parametrize(
    ("cell", "hidden"), [(seqmem.cells.RNN(), 3), (seqmem.cells.LSTM(), 2), (seqmem.cells.RNN(), [1, 1])]
)
def test_larger_networks_have_none(tmp_path, cell, hidden):
    train(tmp_path, cell, hidden)
    assert read_portraits(read_sweep(tmp_path)) == []


def test_a_class_from_elsewhere_is_not_run(folder):
    config = records.read_result(folder).config
    for target in ("os.system", "seqmem.cells.Nothing", "seqmem.cells.cell"):
        assert records.read_state_map(folder, config | {"model": {"_target_": target}}) is None
