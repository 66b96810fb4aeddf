"""Jobs of a sweep's folder that are not of the sweep are told, never silently mixed in."""

from __future__ import annotations

import json

from seqmem.sweep.other_jobs import describe_other_jobs
from tests.sweep.sweeping import run, sweep
from tests.sweep.test_existing import change_result


def test_jobs_of_the_folder_that_are_not_of_the_sweep_are_told_with_what_sets_them_apart(tmp_path):
    run(sweep(tmp_path, ["optimizer.lr=0.1"], ["optimizer.lr=0.2", "seed=5"]))
    (line,) = describe_other_jobs(tmp_path, sweep(tmp_path, ["hidden=2"], ["hidden=3"]))
    assert line == (
        f"{tmp_path} also holds 2 jobs that are not part of this sweep (hidden=10, optimizer.lr=0.1, "
        "optimizer.lr=0.2); hydra.sweep.dir=FOLDER keeps sweeps apart"
    )


def test_the_sweeps_own_jobs_are_not_told(tmp_path):
    settings = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    run(settings)
    assert describe_other_jobs(tmp_path, settings) == []


def test_a_job_of_another_version_is_told(tmp_path):
    (old,) = sweep(tmp_path, ["hidden=2"])
    run([old])
    change_result(old.folder, versions={"seqmem": "0.0.7"})
    (line,) = describe_other_jobs(tmp_path, sweep(tmp_path, ["hidden=[2]", "seed=3"]))
    assert "1 job that is not part of this sweep (" in line
    assert "seqmem 0.0.7" in line


def test_a_job_that_is_damaged_is_named(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "result.json").write_text(json.dumps({"my": "own"}))
    (line,) = describe_other_jobs(tmp_path, sweep(tmp_path, ["hidden=2"], ["hidden=3"]))
    assert line.startswith(f"{tmp_path}/mine/result.json is damaged: ")
    assert line.endswith("; it is skipped")


def test_other_jobs_are_told_when_a_sweep_begins(tmp_path):
    run(sweep(tmp_path, ["hidden=2"]))
    _, diary = run(sweep(tmp_path, ["hidden=3"], ["hidden=4"]))
    assert "also holds 1 job that is not part of this sweep (hidden=2)" in diary.told[1][1]
