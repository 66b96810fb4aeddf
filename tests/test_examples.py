"""The task and the cell in examples/, which is no part of the package."""

from pathlib import Path

import numpy as np
import pytest
import torch

import seqmem
from seqmem import records
from seqmem.engines.choose import choose_engine
from seqmem.engines.fused.engine import FusedEngine
from tests.command import call, elsewhere  # noqa: F401
from tests.own import write_module  # noqa: F401

EXAMPLES = Path(__file__).parents[1] / "examples"
TINY = ["max_sequences=96", "evaluate_every=64", "batch_size=32", "test_sequences=20", "trials=2", "hidden=4"]


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)


@pytest.fixture
def task():
    from adding_1997 import Adding1997

    return Adding1997(T=40)


def test_both_run_in_one_sweep_by_their_classes(elsewhere):  # noqa: F811
    finished = call("-m", *TINY, "model._target_=mgu.MGU,seqmem.cells.LSTM", "task=custom",
                    "task._target_=adding_1997.Adding1997", "+task.T=40", "loss=mse")  # fmt: skip
    results = [records.read_result(folder) for folder in records.find_jobs(elsewhere)]
    assert finished.code == 0, finished.err
    assert [(r.status, r.config["task"]["name"], r.config["model"]["name"]) for r in results] == [
        ("done", "Adding1997", "MGU"),
        ("done", "Adding1997", "LSTM"),
    ]


def test_both_run_in_one_sweep_by_a_config_dir(elsewhere):  # noqa: F811
    finished = call(
        "-m", "--config-dir", str(EXAMPLES / "conf"), *TINY, "task=adding_1997", "task.T=40", "model=mgu,lstm"
    )
    results = [records.read_result(folder) for folder in records.find_jobs(elsewhere)]
    assert finished.code == 0, finished.err
    assert sorted((r.status, r.config["task"]["name"], r.config["model"]["name"]) for r in results) == [
        ("done", "adding_1997", "lstm"),
        ("done", "adding_1997", "mgu"),
    ]


def test_both_are_compiled(task):
    from mgu import MGU

    job = seqmem.Job(seqmem.Network(task, MGU(), (4,)), seqmem.Loss("mse"))
    assert type(choose_engine(job).engine) is FusedEngine


BROKEN = """
import numpy as np
from seqmem.tasks import Sequences, Target, Task

class Broken(Task):
    input_size, max_length, target = 2, 3, Target("class", 2)

    def sample(self, rng, n):
        return Sequences(np.zeros((n, 3), int), np.full(n, 4), np.zeros(n, int))
"""


def test_a_task_that_breaks_its_contract_ends_in_one_line_before_any_training(elsewhere, write_module):  # noqa: F811
    write_module("broken_task", BROKEN)
    finished = call(*TINY, "task=custom", "task._target_=broken_task.Broken")
    assert finished.code == 2
    assert finished.err.strip() == (
        "seqmem: Broken.sample must return lengths from 1 to 3, the steps of its inputs, got 4 to 4"
    )
    assert list(records.find_jobs(elsewhere)) == []


def test_a_config_dir_is_found_in_the_help(elsewhere):  # noqa: F811
    assert "mgu" in call("--config-dir", str(EXAMPLES / "conf"), "--help").out


def test_the_minimal_gated_unit_computes_its_equations(rng):
    from mgu import MGU

    w, u = rng.normal(size=(6, 2)), rng.normal(size=(6, 3))
    b, x, h = rng.normal(size=6), rng.normal(size=2), rng.normal(size=3)
    f = 1 / (1 + np.exp(-(w[:3] @ x + u[:3] @ h + b[:3])))
    n = np.tanh(w[3:] @ x + u[3:] @ (f * h) + b[3:])
    weights = {"weight_hh": torch.from_numpy(u)[None], "bias_hh": torch.from_numpy(b)[None, None]}
    inputs = torch.from_numpy(w @ x)[None, None]
    (stepped,) = MGU().step(inputs, (torch.from_numpy(h)[None, None],), weights)
    np.testing.assert_allclose(stepped[0, 0], (1 - f) * h + f * n, rtol=1e-12)


def test_the_minimal_gated_unit_learns(task):
    from mgu import MGU

    recall = seqmem.tasks.Recall()
    job = seqmem.Job(seqmem.Network(recall, MGU(), (10,)), optimizer=seqmem.Optimizer(lr=0.02),
                     max_sequences=6400, evaluate_every=6400, test_sequences=200, trials=1)  # fmt: skip
    ((outcome,),) = seqmem.run([job])
    assert outcome.curve[-1].train_loss < 0.7 * outcome.curve[0].train_loss


def test_the_answer_is_that_of_an_oracle(task, rng):
    sequences = task.sample(rng, 300)
    for inputs, length, target in zip(sequences.inputs, sequences.lengths, sequences.targets, strict=True):
        numbers = [number for number, marker in inputs[:length] if marker == 1]
        assert target == pytest.approx(0.5 + sum(numbers) / 4, abs=1e-6)


def test_two_steps_are_marked_unless_one_of_them_is_the_first(task, rng):
    sequences = task.sample(rng, 3000)
    marked = (sequences.inputs[..., 1] == 1).sum(1)
    assert set(marked) == {1, 2}
    # The first step is one of ten; or, nine times of ten, the second of the 18 others.
    assert (marked == 1).mean() == pytest.approx(1 / 10 + 9 / 10 / 18, abs=0.02)


def test_marks_stand_where_the_paper_has_them(task, rng):
    sequences = task.sample(rng, 2000)
    rows, steps = np.nonzero(sequences.inputs[..., 1] == 1)
    assert steps.max() == 40 // 2 - 2
    first = [steps[rows == row].min() for row in np.unique(rows[steps > 0])]
    assert min(first) == 1
    assert (sequences.inputs[:, 0, 1] == -1).all()
    assert (sequences.inputs[np.arange(2000), sequences.lengths - 1, 1] == -1).all()


def test_lengths_are_from_t_to_a_tenth_more(task, rng):
    lengths = task.sample(rng, 2000).lengths
    assert (lengths.min(), lengths.max()) == (40, 44)


def test_too_short_a_sequence_is_refused():
    from adding_1997 import Adding1997

    with pytest.raises(ValueError, match=r"^T must be at least 22, got 21$"):
        Adding1997(21)


@pytest.fixture(scope="module")
def bandit():
    """The modules of the bandit example."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES / "bandit")
        import held_out
        import simulate

        yield simulate, held_out


def test_people_at_the_bandit_are_read_one_trial_late(bandit):
    simulate, _ = bandit
    table = simulate.simulate()
    block = table[(table["subject"] == 3) & (table["block"] == 5)]
    assert len(table) == 30 * 20 * 60
    assert block["last_choice"].tolist() == [0, *(2 * block["choice"] - 1).tolist()[:-1]]
    assert block["last_reward"].tolist() == [0, *(2 * block["reward"] - 1).tolist()[:-1]]
    assert table.groupby("subject")["fold"].value_counts().unique().tolist() == [240]


def test_people_choose_as_often_as_their_own_probability_says(bandit):
    simulate, _ = bandit
    table = simulate.simulate()
    second = np.where(table["choice"] == 1, table["likelihood"], 1 - table["likelihood"])
    assert abs((table["choice"] - second).mean()) < 4 * np.sqrt((second * (1 - second)).mean() / len(table))


def test_networks_are_fitted_to_people_and_held_against_them(bandit, elsewhere):  # noqa: F811
    simulate, held_out = bandit
    table = simulate.simulate()
    table.to_csv("bandit.csv", index=False)
    folds = "folds=zip(task.test=[[0],[0],[1],[1]],task.validation=[[1],[2],[0],[2]])"
    finished = call("--config-dir", str(EXAMPLES / "bandit" / "conf"), "experiment=bandit", folds,
                    "task.where.subject=0,1", "hidden=1,2", "max_sequences=2400", "trials=2")  # fmt: skip
    assert finished.code == 0, finished.err
    networks = held_out.choose_networks("multirun/bandit")
    assert len(networks) == 2 * 2 * 2  # a person, a width, an outer fold
    assert set(networks["outer"].astype(str)) == {"[0]", "[1]"}
    frame = held_out.compare(networks, table[table["subject"] < 2])
    assert frame.columns.tolist() == ["1 units", "2 units", "the person's own"]
    assert frame.to_numpy().max() < np.log(2)
    assert len(held_out.draw(frame).axes[0].lines) == 2 * len(frame)
