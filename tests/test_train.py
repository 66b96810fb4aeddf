"""The command line: most in process, what needs a process of its own in one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from seqmem import records
from seqmem.config.composed import read_composed
from seqmem.train import train_stacked
from tests.command import call, elsewhere  # noqa: F401
from tests.config.composing import compose_job
from tests.own import write_module  # noqa: F401

ROOT = Path(__file__).parents[1]
TINY = ["max_sequences=128", "evaluate_every=64", "test_sequences=20", "trials=2", "engine=reference"]
GRID = ["-m", "model=rnn,lstm", "hidden=2,3", *TINY]
FAULTY = ["task._target_=tests.faulty.Faulty", "+task.fault=none,error"]

pytestmark = pytest.mark.usefixtures("elsewhere")


def run(*arguments: str, module: str = "seqmem.train") -> subprocess.CompletedProcess[str]:
    """Run a module as a user does."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], env=environment(), capture_output=True, text=True, timeout=120
    )


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}


def jobs(folder: str = "multirun") -> list[Path]:
    return list(records.find_jobs(Path(folder)))


def numbers(folder: str = "multirun") -> dict[str, list]:
    """Every job's trials but for their times, by fingerprint."""
    return {
        records.read_result(job).fingerprint: [replace(trial, wall_time_s=0) for trial in records.read_trials(job)]
        for job in jobs(folder)
    }


# In processes of their own.


def test_a_grid_is_trained_and_its_folder_becomes_a_table():
    trained = run(*GRID)
    assert trained.returncode == 0, trained.stderr
    assert trained.stdout == ""
    assert trained.stderr.startswith("4 jobs, 8 trials to train, multirun/recall\n")
    analysed = run("multirun/recall", module="multirun_analysis")
    assert analysed.returncode == 0, analysed.stderr
    table = (Path("multirun/recall/analysis") / "tables.md").read_text()
    assert all(word in table for word in ("rnn", "lstm", "hidden", "wrong"))


def test_bad_input_ends_with_two_and_one_line():
    finished = run("hidden=0")
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == "seqmem: hidden must be positive, got 0\n"


def test_a_sweep_with_a_failed_job_ends_with_one_and_no_traceback():
    finished = run("-m", *TINY, *FAULTY)
    assert finished.returncode == 1
    assert "failed: RuntimeError: no more symbols (see multirun/recall/+task.fault=error-" in finished.stderr
    assert "Traceback" not in finished.stderr + finished.stdout
    assert "Error executing job" not in finished.stderr
    (failed,) = [job for job in jobs() if "error" in job.name]
    assert finished.stderr.splitlines()[-3:] == [
        "1 of 2 jobs failed:",
        f"  +task.fault=error: RuntimeError: no more symbols (see {failed})",
        f"run it again: python -m seqmem.train -m {' '.join([*TINY, *FAULTY])} retry=failed",
    ]


def test_a_single_run_that_fails_ends_with_one_and_says_nothing_of_hydras_own():
    finished = run(*TINY, "task._target_=tests.faulty.Faulty", "+task.fault=error")
    assert finished.returncode == 1
    assert "Traceback" not in finished.stderr + finished.stdout
    assert "Error executing job" not in finished.stderr


def test_an_interrupted_sweep_ends_with_130_and_keeps_what_is_done():
    endless = ["max_sequences=64,100000000", "evaluate_every=64", "test_sequences=20", "trials=1", "engine=reference"]
    command = [sys.executable, "-m", "seqmem.train", "-m", *endless]
    process = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c)
    try:
        deadline = time.monotonic() + 60
        while statuses() != ["done", "running"] and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert err.splitlines()[-1] == "seqmem: interrupted; give the same command again to train the rest"
    assert "Traceback" not in err
    assert statuses() == ["done", "interrupted"]


def hear_ctrl_c() -> None:
    """Programs that a shell starts in the background, and all that they start, are deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def statuses() -> list[str]:
    return sorted(records.read_result(job).status for job in jobs())


def test_a_reader_that_has_seen_enough_is_no_error():
    shell = f"{sys.executable} -m seqmem.train --help | head -1"
    finished = subprocess.run(["bash", "-c", shell], env=environment(), capture_output=True, text=True, timeout=60)
    assert finished.stdout.startswith("Train recurrent networks")
    assert finished.stderr == ""


@pytest.mark.slow
def test_joblib_gives_the_numbers_of_the_stacked_launcher():
    assert run(*GRID).returncode == 0
    finished = run(*GRID, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "hydra.sweep.dir=other")
    assert finished.returncode == 0, finished.stderr
    assert_close(numbers("other"), numbers("multirun"))


# Sweeps.


def assert_close(ours: dict[str, list], theirs: dict[str, list]) -> None:
    """Equal points, trials and counts; losses but for the rounding of a batched product."""
    assert set(ours) == set(theirs)
    for name, trials in ours.items():
        for trial, other in zip(trials, theirs[name], strict=True):
            assert (trial.seed, trial.status, trial.sequences) == (other.seed, other.status, other.sequences)
            assert trial.train_loss == pytest.approx(other.train_loss, rel=1e-4)
            assert trial.wrong == pytest.approx(other.wrong, abs=1)


def test_hydras_basic_launcher_gives_the_numbers_of_the_stacked_one():
    assert call(*GRID).code == 0
    assert call(*GRID, "hydra/launcher=basic", "hydra.sweep.dir=other").code == 0
    assert len(numbers("other")) == 4
    assert_close(numbers("other"), numbers("multirun"))


def test_a_single_run_gives_the_numbers_of_the_sweep():
    assert call("-m", "model=lstm", "hidden=2,3", *TINY).code == 0
    assert call("model=lstm", "hidden=3", *TINY, "hydra.run.dir=alone").code == 0
    ((name, trials),) = numbers("alone").items()
    assert_close({name: trials}, {name: numbers("multirun")[name]})


def test_a_second_identical_call_trains_nothing():
    call(*GRID)
    before = {path: path.stat().st_mtime_ns for job in jobs() for path in job.glob("*.*")}
    second = call(*GRID)
    assert (second.code, second.out) == (0, "")
    assert second.err.startswith("4 jobs, 4 already done, 0 trials to train, multirun/recall\n\nbest of 4 settings ")
    assert {path: path.stat().st_mtime_ns for job in jobs() for path in job.glob("*.*")} == before


@pytest.mark.parametrize("launcher", ["stacked", "basic"])
def test_what_a_sweep_trained_another_launcher_does_not_train_again(launcher):
    other = {"stacked": "basic", "basic": "stacked"}[launcher]
    call(*GRID, f"hydra/launcher={launcher}")
    before = jobs()
    call(*GRID, f"hydra/launcher={other}")
    assert jobs() == before


def test_jobs_that_are_launched_one_by_one_have_the_numbers_of_the_sweep():
    call(*GRID)
    assert call(*GRID, "hydra/sweeper=basic", "hydra.sweeper.max_batch_size=1", "hydra.sweep.dir=other").code == 0
    assert_close(numbers("other"), numbers("multirun"))


def test_a_sweep_in_batches_tells_of_other_jobs_once():
    call("-m", "hidden=7", *TINY)
    told = call("-m", "hidden=2,3,4,5", *TINY, "hydra/sweeper=basic", "hydra.sweeper.max_batch_size=2").err
    assert told.count("also holds 1 job that is not part of this sweep") == told.count("also holds") == 1


OWN = """
import os
from seqmem.tasks import Recall
class Own(Recall):
    def sample(self, rng, n):
        assert os.environ["SEQMEM_TESTED"] == "3"
        return super().sample(rng, n)
"""


def test_jobs_see_the_environment_that_a_command_sets(write_module):  # noqa: F811
    write_module("own_task", OWN)
    command = ["-m", "seed=1,2", *TINY, "task._target_=own_task.Own"]
    assert call(*command, "hydra.job.env_set={SEQMEM_TESTED: 3}").code == 0
    assert "SEQMEM_TESTED" not in os.environ


def test_a_job_gives_its_objective_to_whoever_sweeps():
    configs = [read_composed(compose_job(*TINY, f"objective={name}")) for name in ("error_rate", "test_loss")]
    overrides = [config.overrides for config in configs]
    objectives = [objective for _, _, objective in train_stacked(configs, overrides, Path("sweep"))]
    (job,) = jobs("sweep")
    trials = records.read_trials(job)
    assert objectives[0] == pytest.approx(sum(trial.wrong for trial in trials) / 40)
    assert objectives[1] == pytest.approx(sum(trial.test_loss for trial in trials) / 2, rel=1e-5)


def test_a_larger_sweep_trains_only_what_is_new():
    call("-m", "hidden=2,3", *TINY)
    larger = call("-m", "hidden=2,3,4", *TINY)
    assert larger.err.startswith("3 jobs, 2 already done, 2 trials to train, ")
    assert len(jobs()) == 3


def test_a_model_named_twice_is_trained_once():
    finished = call("-m", "model=lstm,lstm", *TINY)
    assert finished.code == 0
    assert finished.err.startswith("1 job, 2 trials to train, ")
    assert len(jobs()) == 1


def test_a_job_that_failed_leaves_the_others_and_is_retried_if_that_is_asked_for():
    first = call("-m", *TINY, *FAULTY)
    assert first.code == 1
    assert sorted(records.read_result(job).status for job in jobs()) == ["done", "failed"]
    second = call("-m", *TINY, *FAULTY)
    assert second.code == 1
    assert second.err.startswith("2 jobs, 1 already done, 1 failed before (left alone unless retry=failed), 0 ")
    third = call("-m", *TINY, *FAULTY, "retry=failed")
    assert third.code == 1
    assert third.err.startswith("2 jobs, 1 already done, 1 to retrain, 2 trials to train, ")


def test_a_sweep_that_is_to_fail_fast_ends_with_the_first_job_that_fails():
    faults = ["task._target_=tests.faulty.Faulty", "+task.fault=error,none", "hidden=2,3"]
    finished = call("-m", *TINY, *faults, "fail_fast=true")
    assert finished.code == 1
    counts = Counter(records.read_result(job).status for job in jobs())
    assert counts == {"failed": 1, "interrupted": 3}
    assert not list(Path("multirun").rglob("lock"))
    assert call("-m", *TINY, *faults, "retry=failed").code == 1
    assert Counter(records.read_result(job).status for job in jobs()) == {"failed": 2, "done": 2}


@pytest.mark.parametrize("mode", [["-m"], []])
def test_results_of_another_version_end_the_sweep_with_two_and_one_line(mode):
    call(*mode, *TINY)
    (job,) = jobs()
    records.write_result(job, replace(records.read_result(job), versions={"seqmem": "0.0.7"}))
    finished = call(*mode, *TINY)
    assert finished.code == 2
    assert f"{job} holds results of seqmem 0.0.7, and this is " in finished.err
    assert len(finished.err.splitlines()) == 1


def test_a_failed_single_run_ends_with_one():
    assert call(*TINY, "task._target_=tests.faulty.Faulty", "+task.fault=error").code == 1
    (job,) = jobs()
    assert records.read_result(job).status == "failed"
    assert "no more symbols" in (job / "train.log").read_text()


def test_every_job_has_what_hydra_keeps_of_it():
    call(*GRID)
    for job in jobs():
        config = OmegaConf.load(job / ".hydra" / "config.yaml")
        overrides = OmegaConf.load(job / ".hydra" / "overrides.yaml")
        assert config.hidden == records.read_result(job).config["hidden"]
        assert list(overrides) == records.read_result(job).overrides
        assert OmegaConf.load(job / ".hydra" / "hydra.yaml").hydra.sweep.subdir == job.name


def test_a_sweep_keeps_its_own_config():
    call(*GRID)
    assert OmegaConf.load("multirun/recall/multirun.yaml").trials == 2


def test_a_refused_sweep_leaves_the_config_of_the_one_before():
    call(*GRID)
    call("-m", "model=rnn,lstm", "hidden=2,0", "trials=7")
    assert OmegaConf.load("multirun/recall/multirun.yaml").trials == 2


def test_a_recipe_is_swept_into_the_folder_of_its_task():
    finished = call("-m", "recipe=echo_rnn,echo_bilstm", "max_sequences=4", "trials=1", "engine=reference")
    assert finished.code == 0, finished.err
    assert sorted(job.name.rpartition("-")[0] for job in jobs("multirun/echo")) == [
        "recipe=echo_bilstm",
        "recipe=echo_rnn",
    ]


def test_an_experiment_is_a_sweep_of_its_own():
    finished = call("experiment=d4_recall", "task.index=1", "optimizer.reset_every_epoch=true", *TINY)
    assert finished.code == 0, finished.err
    settings = {tuple(records.read_result(job).overrides[:2]) for job in jobs("multirun/d4_recall")}
    assert settings == {(f"model={model}", f"hidden={h}") for model in ("rnn", "lstm", "gru") for h in (2, 5, 10)}
