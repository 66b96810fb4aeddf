"""How points stand, and what is not mixed with them."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from seqmem import records
from seqmem.sweep.existing import ConflictError, find_existing
from tests.sweep.sweeping import read_numbers, run, sweep

FILES = ["result.json", "trials.csv", "curves.csv", "samples.csv", "trace.csv", "weights.safetensors"]


def change_result(folder: Path, **values) -> None:
    records.write_result(folder, replace(records.read_result(folder), **values))


@pytest.fixture
def point(tmp_path):
    """A point that is done."""
    (point,) = sweep(tmp_path, ["hidden=2"])
    run([point])
    return point


# Standings.


def test_a_point_without_a_folder_is_new(tmp_path):
    (point,) = sweep(tmp_path, [])
    assert find_existing(point).status == "new"


def test_a_point_whose_folder_has_no_results_is_new(tmp_path):
    (point,) = sweep(tmp_path, [])
    (point.folder / ".hydra").mkdir(parents=True)
    assert find_existing(point).status == "new"


def test_a_point_that_is_done_has_its_trials(point):
    existing = find_existing(point)
    assert (existing.status, [trial.seed for trial in existing.trials]) == ("done", [0, 1])


@pytest.mark.parametrize("status", ["running", "interrupted"])
def test_a_point_that_was_left_has_the_trials_that_ended(point, status):
    change_result(point.folder, status=status)
    path = point.folder / records.TRIALS
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    existing = find_existing(point)
    assert (existing.status, [trial.seed for trial in existing.trials]) == ("interrupted", [0])


def test_a_point_that_was_left_before_its_first_trial_has_none(point):
    change_result(point.folder, status="running")
    (point.folder / records.TRIALS).unlink()
    assert find_existing(point).trials == []


@pytest.mark.parametrize(("retry", "status"), [("none", "failed"), ("failed", "anew"), ("all", "anew")])
def test_a_point_that_failed_stands_as_the_retry_says(point, retry, status):
    change_result(point.folder, status="failed", error="OSError: no")
    assert find_existing(point, retry).status == status
    assert find_existing(point).error == "OSError: no"


@pytest.mark.parametrize(("retry", "status"), [("failed", "done"), ("all", "anew")])
def test_a_point_that_is_done_is_trained_anew_only_with_all(point, retry, status):
    assert find_existing(point, retry).status == status


def test_a_point_whose_result_was_removed_is_trained_anew(point):
    before = read_numbers(point.folder)
    (point.folder / records.RESULT).unlink()
    assert find_existing(point).status == "anew"
    run([point])
    assert read_numbers(point.folder) == before


# Damage.


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"status": "done"}', pickle.dumps({"a": 1})])
@pytest.mark.parametrize("name", ["result.json", "trials.csv"])
def test_what_is_damaged_is_named_and_left_alone(point, name, content):
    (point.folder / name).write_bytes(content)
    before = {path.name: path.read_bytes() for path in point.folder.glob("*.*")}
    objectives, diary = run([point])
    assert diary.told == [("start", "damaged"), ("stop",)]
    assert str(objectives[0]).startswith(f"{point.folder / name} is damaged: ")
    assert {path.name: path.read_bytes() for path in point.folder.glob("*.*")} == before


def test_a_trial_that_has_the_seed_of_another_is_damage(point):
    path = point.folder / records.TRIALS
    path.write_text(path.read_text().replace("\n1,1,", "\n7,1,"))
    assert find_existing(point).error == f"{path} is damaged: trial 7 has seed 1"
    assert find_existing(point, "failed").status == "anew"


@pytest.mark.parametrize("retry", ["failed", "all"])
@pytest.mark.parametrize("name", FILES)
def test_what_is_damaged_is_kept_under_another_name_if_it_is_trained_anew(point, name, retry):
    before = read_numbers(point.folder)
    (point.folder / name).write_bytes(b"\xff mine")
    if name not in ("result.json", "trials.csv"):
        change_result(point.folder, status="failed")
        (point.folder / "trials.csv").unlink()
    run([point], retry=retry)
    assert read_numbers(point.folder) == before
    assert records.read_result(point.folder).status == "done"
    assert (point.folder / f"{name}.damaged").read_bytes() == b"\xff mine"


def test_what_was_set_aside_before_is_not_written_over(point):
    for content in (b"first", b"second"):
        (point.folder / "result.json").write_bytes(content)
        run([point], retry="failed")
    kept = [path.read_bytes() for path in sorted(point.folder.glob("*.damaged*"))]
    assert kept == [b"first", b"second"]


@pytest.mark.parametrize("name", ["curves.csv", "weights.safetensors"])
def test_a_job_that_is_to_grow_beside_damaged_files_fails_and_they_stay(tmp_path, point, name):
    (point.folder / name).write_bytes(b"\xff mine")
    trials = (point.folder / "trials.csv").read_bytes()
    (more,) = sweep(tmp_path, ["hidden=2", "trials=3"])
    objectives, _ = run([more])
    assert f"{name} is damaged: " in str(objectives[0])
    assert (point.folder / name).read_bytes() == b"\xff mine"
    assert (point.folder / "trials.csv").read_bytes() == trials


def damaged_states(point) -> list[bytes]:
    records.write_state(point.folder, "another", {0: {}})
    other = (point.folder / records.STATE).read_bytes()
    records.write_state(point.folder, point.fingerprint, {1: {"engine": {}, "progress": {}}})
    empty = (point.folder / records.STATE).read_bytes()
    return [b"", b"\x80\x04.", other, empty, empty[:-3]]


@pytest.mark.parametrize("which", range(5))
def test_a_state_that_is_none_is_named_kept_and_not_used(point, which):
    content = damaged_states(point)[which]
    (point.folder / records.STATE).write_bytes(content)
    before = read_numbers(point.folder)
    change_result(point.folder, status="interrupted")
    path = point.folder / records.TRIALS
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    _, diary = run([point])
    (note,) = [told[1] for told in diary.told if told[0] == "note"]
    assert note.endswith(
        f"; it is kept as {point.folder}/state.safetensors.damaged, and trials may be trained from their start"
    )
    assert read_numbers(point.folder) == before
    assert (point.folder / "state.safetensors.damaged").read_bytes() == content
    assert not (point.folder / records.STATE).exists()


# Other configs, other versions.


def test_a_result_of_another_config_in_a_points_folder_is_refused_with_what_differs(point):
    config = records.read_result(point.folder).config
    change_result(point.folder, fingerprint="f" * 12, config=config | {"hidden": 7, "clip": 2.5, "trials": 99})
    before = (point.folder / "trials.csv").read_bytes()
    with pytest.raises(ConflictError) as error:
        run([point], retry="all")
    assert str(error.value) == (
        f"{point.folder} holds results of another config (clip=2.5 there, None here; hidden=7 there, 2 here); "
        "move it away, or give another folder by hydra.sweep.dir"
    )
    assert (point.folder / "trials.csv").read_bytes() == before


def test_a_result_of_another_version_is_refused_with_what_may_be_done(point):
    versions = records.read_result(point.folder).versions
    change_result(point.folder, versions=versions | {"seqmem": "0.0.7"})
    with pytest.raises(ConflictError) as error:
        run([point])
    assert str(error.value) == (
        f"{point.folder} holds results of seqmem 0.0.7, and this is {versions['seqmem']}; give another folder by "
        "hydra.sweep.dir, or train all anew in this one by retry=all"
    )
    run([point], retry="all")
    assert records.read_result(point.folder).versions == versions


def test_a_conflict_is_found_before_anything_is_written(tmp_path, point):
    change_result(point.folder, versions={"seqmem": "0.0.7"})
    points = sweep(tmp_path, ["hidden=3"], ["hidden=2"])
    with pytest.raises(ConflictError):
        run(points)
    assert [job.name for job in records.find_jobs(tmp_path)] == [point.folder.name]
    assert not (point.folder / "lock").exists()
