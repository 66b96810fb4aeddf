"""`dry_run=true`: what would be done, and that nothing is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from seqmem import run
from seqmem.sweep import Sweep
from seqmem.sweep.plan import format_plan, format_time
from tests.command import call, elsewhere  # noqa: F401
from tests.config.composing import TINY, make_setting

GRID = ["-m", "model=rnn,lstm", "hidden=2,3", *TINY]


def rows(table: str) -> dict[str, list[str]]:
    """The cells of each setting's row."""
    split = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in table.splitlines()]
    return {row[0]: row[1:] for row in split[1:-1]}


def test_every_setting_is_listed_with_what_it_takes(elsewhere):  # noqa: F811
    finished = call(*GRID, "dry_run=true")
    assert (finished.code, finished.err) == (0, "")
    listed = rows(finished.out)
    assert list(listed) == ["model=rnn hidden=2", "model=rnn hidden=3", "model=lstm hidden=2", "model=lstm hidden=3"]
    status, trials, parameters, engine, memory, seconds = listed["model=lstm hidden=3"]
    network = make_setting("model=lstm", "hidden=3").job.network
    assert (status, trials, parameters, engine) == ("to do", "2 of 2", f"{network.num_parameters}", "reference")
    assert memory.endswith("kB")
    assert seconds.endswith(" s")
    assert finished.out.splitlines()[-1].startswith("4 settings, 4 to do: 8 trials, about ")


def test_what_keeps_settings_from_the_fastest_engine_is_told_once(tmp_path):
    own = "model._target_=tests.engines.reference.own.Branching"
    settings = [replace(make_setting(own, f"hidden={n}"), folder=tmp_path / str(n)) for n in (2, 3)]
    told = format_plan(Sweep(tmp_path, settings)).splitlines()[3:-1]
    assert len(told) == 1
    assert told[0].startswith("engine=reference: Branching cannot be compiled: .all (own.py, line ")


@pytest.mark.parametrize("arguments", [GRID, ["hidden=3"], ["hidden=3", "hydra.run.dir=mine"]])
def test_nothing_is_written(arguments, elsewhere):  # noqa: F811
    assert call(*arguments, "dry_run=true").code == 0
    assert list(elsewhere.iterdir()) == []


def test_a_single_setting_is_listed_by_its_task(elsewhere):  # noqa: F811
    listed = rows(call("hidden=3", "task=echo", "dry_run=true").out)
    assert listed["echo"][:2] == ["to do", "10 of 10"]


def test_what_is_done_is_listed_as_done_and_takes_nothing(elsewhere):  # noqa: F811
    assert call(*GRID, "hidden=3").code == 0
    before = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    listed = rows(call(*GRID, "trials=2", "dry_run=true").out)
    assert {name: cells[:2] for name, cells in listed.items()} == {
        "model=rnn hidden=2": ["to do", "2 of 2"],
        "model=rnn hidden=3": ["done", "0 of 2"],
        "model=lstm hidden=2": ["to do", "2 of 2"],
        "model=lstm hidden=3": ["done", "0 of 2"],
    }
    assert len(listed["model=rnn hidden=3"]) == 4  # no memory, no time
    assert {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()} == before


def test_more_trials_of_what_is_done_are_to_do(elsewhere):  # noqa: F811
    assert call(*GRID, "hidden=3").code == 0
    listed = rows(call(*GRID, "trials=5", "dry_run=true").out)
    assert listed["model=rnn hidden=3"][:2] == ["to continue", "3 of 5"]


def test_a_job_that_failed_is_left_alone_unless_it_is_to_be_tried_again(elsewhere):  # noqa: F811
    faulty = ["-m", *TINY, "task._target_=tests.faulty.Faulty", "+task.fault=none,error"]
    assert call(*faulty).code == 1
    assert rows(call(*faulty, "dry_run=true").out)["+task.fault=error"][0] == "failed"
    again = rows(call(*faulty, "retry=failed", "dry_run=true").out)
    assert again["+task.fault=error"][:2] == ["to retrain", "2 of 2"]


def test_another_process_that_is_at_work_is_seen(tmp_path):
    setting = make_setting(*TINY, folder=tmp_path / "job")
    setting.folder.mkdir()
    (setting.folder / "lock").write_text("{}")
    assert "running" in format_plan(Sweep(tmp_path, [setting]))


def test_settings_of_one_folder_are_listed_once_with_the_most_trials(tmp_path):
    few, many = (make_setting(*TINY, f"trials={trials}", folder=tmp_path / "job") for trials in (2, 5))
    assert format_plan(Sweep(tmp_path, [few, many])).splitlines()[-1].startswith("1 setting, 1 to do: 5 trials, about ")


@pytest.mark.parametrize("group", ["launcher", "sweeper"])
def test_hydras_own_launchers_and_sweepers_are_refused(group, elsewhere):  # noqa: F811
    finished = call("-m", "hidden=2,3", "dry_run=true", f"hydra/{group}=basic")
    assert finished.code == 2
    assert finished.err.startswith("seqmem: dry_run=true needs hydra/launcher=stacked and hydra/sweeper=grid, got ")
    assert list(elsewhere.iterdir()) == []


# Whatever fails on the way, nothing is trained.


@pytest.fixture
def no_training(monkeypatch):
    """Whoever comes as far as the training of settings has failed."""

    def fail(*arguments):
        raise KeyboardInterrupt("settings were run")

    monkeypatch.setattr("seqmem.train.run_sweep", fail)


@pytest.mark.parametrize("mode", [["hidden=2"], ["-m", "hidden=2,3"]])
@pytest.mark.parametrize(
    ("error", "message"),
    [(MemoryError("no more"), "no memory is left"), (OSError(5, "Input/output error"), "Input/output error")],
)
def test_a_plan_that_fails_ends_the_run(mode, error, message, monkeypatch, no_training, elsewhere):  # noqa: F811
    def fail(*arguments):
        raise error

    monkeypatch.setattr("seqmem.config.before_run.format_plan", fail)
    monkeypatch.setattr("seqmem.train.format_plan", fail)
    finished = call(*mode, *TINY, "dry_run=true")
    assert finished.code == 2
    assert message in finished.err
    assert list(elsewhere.iterdir()) == []


def test_hydra_that_fails_before_the_checks_ends_the_run(monkeypatch, no_training, elsewhere):  # noqa: F811
    def fail(*arguments):
        raise RuntimeError("no config")

    monkeypatch.setattr("hydra.core.hydra_config.HydraConfig.set_config", fail)
    assert call(*TINY, "dry_run=true").code == 2
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("mode", [[], ["-m"]])
@pytest.mark.parametrize(("target", "code"), [("/dev/full", 2), ("closed", 1)])
def test_output_that_breaks_ends_the_run(mode, target, code, elsewhere):  # noqa: F811
    if target == "closed":
        reading, output = os.pipe()
        os.close(reading)
    else:
        output = os.open(target, os.O_WRONLY)
    command = [sys.executable, "-m", "seqmem.train", *mode, *TINY, "dry_run=true"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    finished = subprocess.run(command, env=environment, stdout=output, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(output)
    assert finished.returncode == code
    told = "seqmem: cannot write to standard output: No space left on device\n"
    assert finished.stderr == {"/dev/full": told, "closed": ""}[target]
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        [*TINY, "dry_run=true", "~hydra.callbacks.before_run"],
        ["-m", *TINY, "dry_run=true,true", "hydra/launcher=basic"],
    ],
)
def test_a_dry_run_that_comes_as_far_as_a_job_is_refused(arguments, no_training, elsewhere):  # noqa: F811
    finished = call(*arguments)
    assert finished.code == 2
    needed = "dry_run=true needs hydra/launcher=stacked, hydra/sweeper=grid and hydra.callbacks.before_run"
    assert finished.err.splitlines()[-1] == f"seqmem: {needed}"


@pytest.mark.parametrize("launcher", ["basic", "stacked"])
def test_a_bad_dry_run_is_refused_before_a_sweep(launcher, no_training, elsewhere):  # noqa: F811
    finished = call("-m", *TINY, "dry_run=maybe", f"hydra/launcher={launcher}")
    assert (finished.code, finished.err) == (2, "seqmem: dry_run must be true or false, got maybe\n")
    assert list(elsewhere.iterdir()) == []


def test_a_dry_run_is_the_same_setting():
    assert make_setting("dry_run=true").fingerprint == make_setting().fingerprint
    assert "dry_run" not in make_setting("dry_run=true").config


@pytest.mark.parametrize(
    ("seconds", "read"),
    [(0.0001, "0.01 s"), (0.512, "0.51 s"), (15.4, "15 s"), (119, "119 s"), (121, "2 min"), (7200, "2 h"),
     (2e5, "2 days"), (1e9, "32 years")],
)  # fmt: skip
def test_times_are_read_in_their_largest_unit(seconds, read):
    assert format_time(seconds) == read


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [
        "engine=fused model=rnn hidden=2 trials=40",
        "engine=fused model=gru hidden=10 trials=20",
        "engine=fused model=lstm task=temporal_order hidden=16 trials=4 max_sequences=20000 stop=false",
        "engine=fused model=lstm task=long_lag hidden=100 trials=4 max_sequences=6400 stop=false",
        "engine=reference model=lstm hidden=10 trials=10 max_sequences=20000 evaluate_every=10000",
        "engine=reference model=rnn task=long_lag hidden=16 trials=2 max_sequences=3200 stop=false",
    ],
)
def test_the_time_is_right_in_its_order_of_magnitude(overrides):
    setting = make_setting("threads=1", *overrides.split())
    warm = replace(setting.job, max_sequences=100, evaluate_every=100, test_sequences=10)
    run([warm], engine=setting.choice.engine.name, threads=1)
    start = time.process_time()  # of one thread, whatever else the machine does
    run([setting.job], engine=setting.choice.engine.name, threads=1)
    taken = time.process_time() - start
    expected = setting.choice.engine.estimate_seconds(setting.job, setting.job.trials)
    assert taken / 6 < expected < taken * 6, f"{taken:.3g} s taken, {expected:.3g} s expected"
