"""Every rival trains the same networks, and learns."""

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks.grids import make_deep_trials, make_grids, make_trials
from benchmarks.learner import LEARNERS, build_learner, count_chunk, thin_out
from seqmem.cells import GRU, LSTM, RNN
from seqmem.engines.engine import Trial
from seqmem.tasks import BinaryAddition, Recall, TemporalOrder

ROOT = Path(__file__).parents[2]
# JAX and joblib's processes do not mix with tests that fork.
HERE = ["seqmem", "torch.nn", "notebook", "torch stacked"]
KINDS = ["recall", "addition", "deep"]
LEARN = """
import json, sys
import tests.benchmarks.test_learners as tests
if __name__ == "__main__":
    print(json.dumps(tests.learn(sys.argv[1], sys.argv[2])))
"""


def fast_trials(kind: str) -> list[Trial]:
    """Trials with a learning rate at which 60 steps make a difference."""
    trials = {
        "recall": make_trials(Recall(), [RNN, LSTM, GRU], [(5,)], 2),
        "addition": make_trials(BinaryAddition(), [LSTM], [(10,)], 2),
        "deep": make_deep_trials(2),
    }[kind]
    return [
        Trial(replace(trial.job, optimizer=replace(trial.job.optimizer, lr=0.02)), 0) for trial in thin_out(trials, 1)
    ]


def learn(name: str, kind: str) -> tuple[list[int], list[int], list[list[float]]]:
    trials = fast_trials(kind)
    learner = build_learner(name, trials, threads=2)
    losses = learner.advance(80)
    expected = [trial.job.network.num_parameters for trial in trials]
    counted = learner.num_parameters()
    learner.close()
    return expected, counted, losses.tolist()


def check(expected: list[int], counted: list[int], losses: list[list[float]]) -> None:
    assert counted == expected
    assert np.shape(losses) == (len(expected), 80)
    assert np.all(np.mean(np.array(losses)[:, -10:], axis=1) < 0.98 * np.mean(np.array(losses)[:, :5], axis=1))


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name in HERE for kind in KINDS if (name, kind) != ("notebook", "deep")],  # which nobody wrote
)
def test_a_learner_trains_the_networks_parameters_and_its_loss_goes_down(name, kind):
    check(*learn(name, kind))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", sorted(set(LEARNERS) - set(HERE)))
def test_so_does_one_that_needs_a_process_of_its_own(name, kind):
    if find_spec("optax" if name == "JAX vmap" else "joblib") is None:  # not imported: absl takes the log
        pytest.skip("needs what `make bench` installs")
    done = subprocess.run([sys.executable, "-c", LEARN, name, kind], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    check(*json.loads(done.stdout.splitlines()[-1]))


def test_every_rival_of_a_grid_is_a_learner():
    assert {name for grid in make_grids() for name in grid.rivals} <= set(LEARNERS)


def test_the_recall_grid_has_ninety_trials_of_nine_jobs():
    trials = make_grids()[0].trials
    assert len(trials) == 90
    assert len({id(trial.job) for trial in trials}) == 9


def test_thinning_keeps_the_mix():
    trials = make_trials(Recall(), [RNN, LSTM], [(2,), (5,)], 3)
    kept = thin_out(trials, 1)
    assert [trial.job for trial in kept] == [trials[index].job for index in (0, 3, 6, 9)]


def test_a_chunk_ends_at_an_evaluation_or_when_the_criterion_may_be_met():
    assert count_chunk(make_trials(Recall(), [RNN], [(2,)], 1)[0].job) == 300
    assert count_chunk(make_trials(TemporalOrder(), [RNN], [(2,)], 1)[0].job) == 32
