"""How settings stand, and what is not mixed with them."""

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
def setting(tmp_path):
    """A setting that is done."""
    (setting,) = sweep(tmp_path, ["hidden=2"])
    run([setting])
    return setting


# Standings.


def test_a_setting_without_a_folder_is_new(tmp_path):
    (setting,) = sweep(tmp_path, [])
    assert find_existing(setting).status == "new"


def test_a_setting_whose_folder_has_no_results_is_new(tmp_path):
    (setting,) = sweep(tmp_path, [])
    (setting.folder / ".hydra").mkdir(parents=True)
    assert find_existing(setting).status == "new"


def test_a_setting_that_is_done_has_its_trials(setting):
    existing = find_existing(setting)
    assert (existing.status, [trial.seed for trial in existing.trials]) == ("done", [0, 1])


@pytest.mark.parametrize("status", ["running", "interrupted"])
def test_a_setting_that_was_left_has_the_trials_that_ended(setting, status):
    change_result(setting.folder, status=status)
    path = setting.folder / records.TRIALS
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    existing = find_existing(setting)
    assert (existing.status, [trial.seed for trial in existing.trials]) == ("interrupted", [0])


def test_a_setting_that_was_left_before_its_first_trial_has_none(setting):
    change_result(setting.folder, status="running")
    (setting.folder / records.TRIALS).unlink()
    assert find_existing(setting).trials == []


@pytest.mark.parametrize(("retry", "status"), [("none", "failed"), ("failed", "anew"), ("all", "anew")])
def test_a_setting_that_failed_stands_as_the_retry_says(setting, retry, status):
    change_result(setting.folder, status="failed", error="OSError: no")
    assert find_existing(setting, retry).status == status
    assert find_existing(setting).error == "OSError: no"


@pytest.mark.parametrize(("retry", "status"), [("failed", "done"), ("all", "anew")])
def test_a_setting_that_is_done_is_trained_anew_only_with_all(setting, retry, status):
    assert find_existing(setting, retry).status == status


def test_a_setting_whose_result_was_removed_is_trained_anew(setting):
    before = read_numbers(setting.folder)
    (setting.folder / records.RESULT).unlink()
    assert find_existing(setting).status == "anew"
    run([setting])
    assert read_numbers(setting.folder) == before


# Damage.


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"status": "done"}', pickle.dumps({"a": 1})])
@pytest.mark.parametrize("name", ["result.json", "trials.csv"])
def test_what_is_damaged_is_named_and_left_alone(setting, name, content):
    (setting.folder / name).write_bytes(content)
    before = {path.name: path.read_bytes() for path in setting.folder.glob("*.*")}
    objectives, diary = run([setting])
    assert diary.told == [("start", "damaged"), ("stop",)]
    assert str(objectives[0]).startswith(f"{setting.folder / name} is damaged: ")
    assert {path.name: path.read_bytes() for path in setting.folder.glob("*.*")} == before


def test_a_trial_that_has_the_seed_of_another_is_damage(setting):
    path = setting.folder / records.TRIALS
    path.write_text(path.read_text().replace("\n1,1,", "\n7,1,"))
    assert find_existing(setting).error == f"{path} is damaged: trial 7 has seed 1"
    assert find_existing(setting, "failed").status == "anew"


@pytest.mark.parametrize("retry", ["failed", "all"])
@pytest.mark.parametrize("name", FILES)
def test_what_is_damaged_is_kept_under_another_name_if_it_is_trained_anew(setting, name, retry):
    before = read_numbers(setting.folder)
    (setting.folder / name).write_bytes(b"\xff mine")
    if name not in ("result.json", "trials.csv"):
        change_result(setting.folder, status="failed")
        (setting.folder / "trials.csv").unlink()
    run([setting], retry=retry)
    assert read_numbers(setting.folder) == before
    assert records.read_result(setting.folder).status == "done"
    assert (setting.folder / f"{name}.damaged").read_bytes() == b"\xff mine"


def test_what_was_set_aside_before_is_not_written_over(setting):
    for content in (b"first", b"second"):
        (setting.folder / "result.json").write_bytes(content)
        run([setting], retry="failed")
    kept = [path.read_bytes() for path in sorted(setting.folder.glob("*.damaged*"))]
    assert kept == [b"first", b"second"]


@pytest.mark.parametrize("name", ["curves.csv", "weights.safetensors"])
def test_a_job_that_is_to_grow_beside_damaged_files_fails_and_they_stay(tmp_path, setting, name):
    (setting.folder / name).write_bytes(b"\xff mine")
    trials = (setting.folder / "trials.csv").read_bytes()
    (more,) = sweep(tmp_path, ["hidden=2", "trials=3"])
    objectives, _ = run([more])
    assert f"{name} is damaged: " in str(objectives[0])
    assert (setting.folder / name).read_bytes() == b"\xff mine"
    assert (setting.folder / "trials.csv").read_bytes() == trials


def damaged_states(setting) -> list[bytes]:
    records.write_state(setting.folder, "another", {0: {}})
    other = (setting.folder / records.STATE).read_bytes()
    records.write_state(setting.folder, setting.fingerprint, {1: {"engine": {}, "progress": {}}})
    empty = (setting.folder / records.STATE).read_bytes()
    return [b"", b"\x80\x04.", other, empty, empty[:-3]]


@pytest.mark.parametrize("which", range(5))
def test_a_state_that_is_none_is_named_kept_and_not_used(setting, which):
    content = damaged_states(setting)[which]
    (setting.folder / records.STATE).write_bytes(content)
    before = read_numbers(setting.folder)
    change_result(setting.folder, status="interrupted")
    path = setting.folder / records.TRIALS
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    _, diary = run([setting])
    (note,) = [told[1] for told in diary.told if told[0] == "note"]
    assert note.endswith(
        f"; the file is kept as {setting.folder}/state.safetensors.damaged, and its trials may start anew"
    )
    assert read_numbers(setting.folder) == before
    assert (setting.folder / "state.safetensors.damaged").read_bytes() == content
    assert not (setting.folder / records.STATE).exists()


# Other configs, other versions.


def test_a_result_of_another_config_in_a_settings_folder_is_refused_with_what_differs(setting):
    config = records.read_result(setting.folder).config
    change_result(setting.folder, fingerprint="f" * 12, config=config | {"hidden": 7, "clip": 2.5, "trials": 99})
    before = (setting.folder / "trials.csv").read_bytes()
    with pytest.raises(ConflictError) as error:
        run([setting], retry="all")
    assert str(error.value) == (
        f"{setting.folder} holds results of another config (clip=2.5 there, None here; hidden=7 there, 2 here); "
        "move it away, or choose another folder with hydra.sweep.dir"
    )
    assert (setting.folder / "trials.csv").read_bytes() == before


def test_a_result_of_another_version_is_refused_with_what_may_be_done(setting):
    versions = records.read_result(setting.folder).versions
    change_result(setting.folder, versions=versions | {"seqmem": "0.0.7"})
    with pytest.raises(ConflictError) as error:
        run([setting])
    assert str(error.value) == (
        f"{setting.folder} holds results of seqmem 0.0.7, and this is {versions['seqmem']}; choose another folder with "
        "hydra.sweep.dir, or retrain everything in this one with retry=all"
    )
    run([setting], retry="all")
    assert records.read_result(setting.folder).versions == versions


def test_a_conflict_is_found_before_anything_is_written(tmp_path, setting):
    change_result(setting.folder, versions={"seqmem": "0.0.7"})
    settings = sweep(tmp_path, ["hidden=3"], ["hidden=2"])
    with pytest.raises(ConflictError):
        run(settings)
    assert [job.name for job in records.find_jobs(tmp_path)] == [setting.folder.name]
    assert not (setting.folder / "lock").exists()
