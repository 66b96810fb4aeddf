"""Jobs that are run again from their folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import safetensors.numpy

from seqmem import records
from seqmem.reproduce import rerun
from seqmem.reproduce.__main__ import main
from seqmem.sweep import Setting
from tests.config.composing import TINY, make_settings
from tests.sweep.sweeping import Diary, run_settings

ROOT = Path(__file__).parents[2]


def train(sweep: Path, *overrides: str) -> Setting:
    (setting,) = make_settings(sweep, [*TINY, "hidden=3", *overrides])
    list(run_settings([setting], Diary()))
    return setting


def change(folder: Path, **values) -> None:
    """Change what a result says."""
    path = folder / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize("overrides", [["engine=reference"], ["engine=fused"], ["task=binary_addition", "model=bigru"]])
def test_a_job_that_is_run_again_gives_the_same_bytes(overrides, tmp_path, capsys):
    setting = train(tmp_path, *overrides)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main([str(setting.folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:-1]] == [
        [name, "same"] for name in ("trials.csv", "curves.csv", "samples.csv", "trace.csv", "weights.safetensors")
    ]
    assert lines[-1] == "Identical, except for timings."
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_job_is_run_again_on_as_many_threads_as_asked(tmp_path, capsys):
    setting = train(tmp_path)
    with mock.patch.object(rerun, "choose_engine", wraps=rerun.choose_engine) as choose:
        assert main([str(setting.folder), "--threads", "1"]) == 0
    assert choose.call_args.args[-1] == 1
    assert main([str(setting.folder), "--threads", "0"]) == 2
    assert "cannot be run here: threads must be at least 1 (or null), got 0" in capsys.readouterr().err


def test_all_trials_that_there_are_are_run_again(tmp_path, capsys):
    train(tmp_path)
    setting = train(tmp_path, "trials=4")
    train(tmp_path, "trials=1")  # a later call that asked for fewer
    out = tmp_path / "again"
    assert main([str(setting.folder), "--out", str(out)]) == 0
    assert [trial.seed for trial in records.read_trials(out)] == [0, 1, 2, 3]


def test_seeds_need_not_begin_with_zero(tmp_path):
    assert main([str(train(tmp_path, "seed=7").folder)]) == 0


def test_a_number_that_differs_is_told_with_how_far(tmp_path, capsys):
    folder = train(tmp_path).folder
    lines = (folder / "curves.csv").read_text().splitlines()
    row = lines[1].split(",")
    lines[1] = ",".join([*row[:2], f"{float(row[2]) + 0.25:.6g}", *row[3:]])
    (folder / "curves.csv").write_text("\n".join(lines) + "\n")
    assert main([str(folder)]) == 1
    out = capsys.readouterr().out
    assert f"curves.csv            1 of {len(lines) - 1} rows: train_loss by up to 0.25\n" in out
    assert out.endswith("Versions and processor are the same.\n")


def test_weights_that_differ_are_told_with_how_far(tmp_path, capsys):
    folder = train(tmp_path).folder
    weights = safetensors.numpy.load_file(folder / "weights.safetensors")
    weights["1.readout.bias"] += np.float32(0.5)
    safetensors.numpy.save_file(weights, folder / "weights.safetensors")
    assert main([str(folder)]) == 1
    assert "weights.safetensors   1 of 2 trials: by up to 0.5\n" in capsys.readouterr().out


def test_a_sample_that_differs_is_told(tmp_path, capsys):
    folder = train(tmp_path).folder
    path = folder / "samples.csv"
    header, first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([header, first.rpartition(",")[0] + ",none", *rest]) + "\n")
    assert main([str(folder)]) == 1
    assert f"samples.csv           1 of {len(rest) + 1} rows: prediction by up to inf\n" in capsys.readouterr().out


def test_rows_that_are_missing_are_told(tmp_path, capsys):
    folder = train(tmp_path).folder
    lines = (folder / "trace.csv").read_text().splitlines()
    (folder / "trace.csv").write_text("\n".join(lines[:-1]) + "\n")
    assert main([str(folder)]) == 1
    assert f"trace.csv             {len(lines) - 2} rows before, {len(lines) - 1} now" in capsys.readouterr().out


def test_a_difference_comes_with_the_versions_that_differ(tmp_path, capsys):
    folder = train(tmp_path).folder
    result = records.read_result(folder)
    change(folder, versions=result.versions | {"numba": "0.1"}, origin=result.origin | {"processor": "Abacus"})
    (folder / "samples.csv").write_text("trial,input,target,prediction\n")
    assert main([str(folder)]) == 1
    end = capsys.readouterr().out.partition("Not the same here:\n")[2].splitlines()
    assert end[0] == f"  numba: 0.1 then, {result.versions['numba']} now"
    assert end[1].startswith("  processor: Abacus then, ")
    assert len(end) == 2


def test_a_config_that_was_changed_is_told(tmp_path, capsys):
    folder = train(tmp_path).folder
    config = records.read_result(folder).config
    change(folder, config=config | {"optimizer": config["optimizer"] | {"lr": 0.5}})
    assert main([str(folder)]) == 1
    assert "  fingerprint: the config means something else now, or was changed\n" in capsys.readouterr().out


def test_the_new_result_can_be_kept(tmp_path):
    setting, out = train(tmp_path), tmp_path / "kept"
    assert main([str(setting.folder), "--out", str(out)]) == 0
    assert records.read_result(out).fingerprint == setting.fingerprint


def refused(arguments: list[str], capsys) -> str:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("seqmem: ")
    assert captured.err.count("\n") == 1
    return captured.err


def test_a_result_is_not_written_over_another(tmp_path, capsys):
    folder = train(tmp_path).folder
    assert "holds a result already; choose another folder" in refused([str(folder), "--out", str(folder)], capsys)


def test_a_folder_without_a_result_is_refused(tmp_path, capsys):
    assert "result.json is missing" in refused([str(tmp_path)], capsys)


@pytest.mark.parametrize("status", ["running", "failed", "interrupted"])
def test_a_job_that_is_not_done_is_refused(status, tmp_path, capsys):
    folder = train(tmp_path).folder
    change(folder, status=status)
    assert f" is {status}, so there is nothing to compare with" in refused([str(folder)], capsys)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("task", None, "result.json is damaged: task is None; expected object, got null"),
        ("task", {"_target_": 3}, "result.json is damaged: task._target_ is 3; expected str, got int"),
        ("task", {"_target_": "os.system"}, "names task._target_=os.system, which is not seqmem's"),
        ("model", [], "result.json is damaged: model is []; expected object, got array"),
        ("hidden", "wide", "hidden must be a whole number"),
        ("hidden", 10**9, "needs about"),
        ("seed", "first", "result.json is damaged: seed is 'first'; expected float, got str"),
        ("init", 3, "init must be set key by key"),
        ("nope", 1, "nope is not a key"),
    ],
)
def test_a_config_that_is_none_is_refused_in_one_line(key, value, message, tmp_path, capsys):
    folder = train(tmp_path).folder
    change(folder, config=records.read_result(folder).config | {key: value})
    assert message in refused([str(folder)], capsys)


def test_an_engine_that_there_is_not_is_refused(tmp_path, capsys):
    folder = train(tmp_path).folder
    change(folder, engine="warp")
    assert "engine must be" in refused([str(folder)], capsys)


FOREIGN = """
from pathlib import Path
from seqmem.cells import RNN
Path(__file__).with_name("ran").touch()
class Mine(RNN):
    pass
"""


@pytest.fixture
def foreign(tmp_path, monkeypatch):
    """A module of someone else's, which leaves a trace when it is imported, and a job that it was used for."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "someones.py").write_text(FOREIGN)
    monkeypatch.syspath_prepend(tmp_path / "package")
    folder = train(tmp_path, "model._target_=someones.Mine").folder
    sys.modules.pop("someones")
    (tmp_path / "package" / "ran").unlink()
    return folder


def test_a_foreign_class_is_refused_before_it_is_imported(foreign, tmp_path, capsys):
    assert "names model._target_=someones.Mine, which is not seqmem's; pass --trust to run it" in refused(
        [str(foreign)], capsys
    )
    assert not (tmp_path / "package" / "ran").exists()


def test_a_foreign_class_that_is_trusted_is_run(foreign, tmp_path):
    assert main([str(foreign), "--trust"]) == 0
    assert (tmp_path / "package" / "ran").exists()


@pytest.mark.parametrize(
    "target", ["seqmem.config.build.Path", "seqmem.tasks.recall.np", "seqmem.train.sys", "seqmem.cells.LSTM"]
)
def test_only_tasks_and_cells_are_built_in(target, tmp_path, capsys):
    folder = train(tmp_path).folder
    config = records.read_result(folder).config
    change(folder, config=config | {"task": {**config["task"], "_target_": target}})
    assert f"names task._target_={target}, which is not seqmem's" in refused([str(folder)], capsys)


def test_a_job_that_fails_when_it_is_run_again_says_so(tmp_path, capsys):
    folder = train(tmp_path, "task._target_=tests.faulty.Faulty").folder
    config = records.read_result(folder).config
    change(folder, config=config | {"task": {**config["task"], "fault": "error"}})
    assert main([str(folder), "--trust"]) == 1
    assert "seqmem: the job fails here: RuntimeError: no more symbols in [/the] bag\n" in capsys.readouterr().err


def test_the_command_ends_with_its_code(tmp_path):
    command = [sys.executable, "-m", "seqmem.reproduce", str(tmp_path)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == f"seqmem: {tmp_path}/result.json is missing\n"


def test_foreign_text_does_nothing_to_a_terminal(tmp_path, capsys):
    folder = train(tmp_path).folder
    origin = records.read_result(folder).origin
    change(folder, origin=origin | {"processor": "\x1b[31mred", "system": "\ud800"})
    path = folder / "samples.csv"
    path.write_text(path.read_text() + "0,a,b,c\n")
    assert main([str(folder)]) == 1
    out = capsys.readouterr().out
    assert all(line.isprintable() for line in out.split("\n"))
    assert "processor: \\x1b[31mred then" in out


@pytest.mark.parametrize("name", ["curves.csv", "samples.csv", "trace.csv"])
def test_a_pipe_in_the_place_of_a_table_is_refused(name, tmp_path, capsys):
    folder = train(tmp_path).folder
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert f"{name} is damaged: it is a pipe" in refused([str(folder)], capsys)
