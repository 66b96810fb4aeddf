import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from seqmem import records
from seqmem.records.tensorboard import write_curve
from seqmem.sweep import Policy
from seqmem.training.curves import CurvePoint
from seqmem.training.outcome import Outcome
from tests.multirun_analysis.folders import make_trial
from tests.sweep.sweeping import run, sweep

CURVE = [CurvePoint(640, 1.5, 0.75), CurvePoint(1280, float("nan"), 0.5, 1.25, 0.25)]


def read(folder):
    """What TensorBoard reads in a folder: steps and values by name."""
    events = EventAccumulator(str(folder))
    events.Reload()
    return {name: [(event.step, event.value) for event in events.Scalars(name)] for name in events.Tags()["scalars"]}


def write(folder, trial=3):
    write_curve(folder, Outcome(make_trial(trial), CURVE, {}, [], None))
    return folder / "tensorboard" / str(trial)


def test_tensorboard_reads_a_trials_curves_by_training_sequences(tmp_path):
    found = read(write(tmp_path))
    assert {name: [step for step, _ in points] for name, points in found.items()} == {
        "train_loss": [640, 1280],
        "train_error": [640, 1280],
        "test_loss": [1280],
        "test_error": [1280],
    }
    np.testing.assert_array_equal([value for _, value in found["train_loss"]], [1.5, np.nan])
    assert found["test_error"] == [(1280, 0.25)]


def test_a_trial_that_is_trained_again_takes_the_place_of_the_first(tmp_path):
    write(tmp_path)
    assert len(read(write(tmp_path))["train_loss"]) == 2


def test_the_trials_of_a_job_are_apart(tmp_path):
    assert write(tmp_path, 0) != write(tmp_path, 1)
    assert len(list(tmp_path.rglob("*tfevents*"))) == 2


def test_a_policy_without_tensorboard_here_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"^tensorboard=true needs TensorBoard: pip install 'seqmem\[tensorboard\]'"):
        Policy(tensorboard=True)
    assert not Policy().tensorboard


TRAIN = """
import sys
from seqmem.train import main
main()
print({"torch", "tensorflow"} & set(sys.modules))
"""


@pytest.mark.parametrize("wanted", [True, False])
def test_a_sweep_writes_the_files_if_asked_to_and_needs_no_torch_for_it(tmp_path, wanted):
    overrides = ["max_sequences=128", "batch_size=64", "evaluate_every=64", "trials=2", "test_sequences=1"]
    command = [sys.executable, "-c", TRAIN, "-m", *overrides, f"tensorboard={str(wanted).lower()}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.endswith("set()\n"), done.stderr
    (job,) = records.find_jobs(tmp_path)
    assert "tensorboard" not in records.read_result(job).config
    found = [folder.name for folder in sorted(job.glob("tensorboard/*"))]
    assert found == (["0", "1"] if wanted else [])
    for trial in found:
        curve = [row for row in records.read_curves(job) if row.trial == int(trial)]
        shown = read(job / "tensorboard" / trial)["train_loss"]
        assert [step for step, _ in shown] == [row.sequences for row in curve]
        np.testing.assert_allclose([loss for _, loss in shown], [row.train_loss for row in curve], rtol=1e-5)


def test_trials_that_ended_without_curves_are_told_to_those_who_ask_for_them(tmp_path):
    settings = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    asked = {"tensorboard": True}
    _, first = run(settings[:1], **asked)
    _, second = run(settings)
    _, third = run(settings, **asked)
    notes = [[told[1] for told in diary.told if told[0] == "note"] for diary in (first, second, third)]
    without = "tensorboard=true cannot add curves of the 2 trials that ended without it; retry=all trains them again"
    assert notes == [[], [], [without]]
