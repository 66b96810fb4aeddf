from dataclasses import replace

import pandas as pd
import pytest

from multirun_analysis import AnalysisError, read_sweep, summarise
from seqmem import records
from tests.multirun_analysis.folders import LSTM, make_trial, write_job, write_wrong


def test_there_is_a_row_for_each_trial_with_what_varies_and_what_was_recorded(tmp_path):
    write_wrong(tmp_path / "a", [3, 6], hidden=2)
    write_wrong(tmp_path / "b", [9, 12], hidden=10)
    trials = read_sweep(tmp_path).trials
    assert list(trials["hidden"]) == [2, 2, 10, 10]
    assert list(trials["wrong"]) == [3, 6, 9, 12]
    assert list(trials["error_rate"]) == [0.001, 0.002, 0.003, 0.004]
    assert list(trials["seed"]) == [0, 1, 0, 1]


def test_several_folders_and_seeds_of_one_config_are_one_setting(tmp_path):
    write_wrong(tmp_path / "x" / "a", [1, 2])
    write_wrong(tmp_path / "y" / "a", [3, 4], seed=2)
    sweep = read_sweep(tmp_path / "x", tmp_path / "y")
    assert len(sweep.settings) == 1
    assert list(sweep.trials["wrong"]) == [1, 2, 3, 4]
    assert sweep.notes == []


def test_there_is_a_row_for_each_job_with_what_made_it(tmp_path):
    write_wrong(tmp_path / "a", [1], hidden=2, overrides=["hidden=2"])
    write_wrong(tmp_path / "b", [2], hidden=10, overrides=["hidden=10"])
    jobs = read_sweep(tmp_path).jobs
    assert list(jobs["job"]) == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert list(jobs["overrides"]) == [["hidden=2"], ["hidden=10"]]
    assert list(jobs["versions"]) == [{"seqmem": "0.1.0", "python": "3.11.7"}] * 2


def test_a_trial_that_appears_twice_counts_once_and_is_told(tmp_path):
    write_wrong(tmp_path / "a", [1, 2, 3])
    write_wrong(tmp_path / "b", [3, 4], seed=2)
    sweep = read_sweep(tmp_path)
    assert list(sweep.trials["wrong"]) == [1, 2, 3, 4]
    assert sweep.notes == ["1 trial(s) appear in several jobs (same config and seed): each counts once"]


def test_a_trial_that_appears_twice_with_another_result_is_told(tmp_path):
    write_wrong(tmp_path / "a", [1, 2, 3])
    write_wrong(tmp_path / "b", [5], seed=2)
    sweep = read_sweep(tmp_path)
    assert list(sweep.trials["wrong"]) == [1, 2, 3]
    assert "1 of these have another result there" in sweep.notes[-1]


def test_a_finished_record_of_a_trial_counts_before_any_other(tmp_path):
    write_job(tmp_path / "a", None, "running", trials=2)
    write_wrong(tmp_path / "b", [1, 2])
    trials = read_sweep(tmp_path).trials
    assert list(trials["status"]) == ["done", "done"]


@pytest.mark.parametrize("status", ["running", "failed", "interrupted"])
def test_trials_that_a_job_still_owes_have_its_status(tmp_path, status):
    write_wrong(tmp_path / "good", [1])
    write_job(tmp_path / "bad", [make_trial(0)], status, trials=3, hidden=7)
    trials = read_sweep(tmp_path).trials
    assert list(trials.loc[trials["hidden"] == 7, "status"]) == ["done", status, status]
    assert list(trials.loc[trials["hidden"] == 7, "trial"]) == [0, 1, 2]


def test_trials_that_a_finished_job_owes_are_missing(tmp_path):
    write_wrong(tmp_path / "a", [1], trials=2)
    assert list(read_sweep(tmp_path).trials["status"]) == ["done", "missing"]


def test_damaged_failed_and_unfinished_jobs_are_noted_with_their_folder(tmp_path):
    write_wrong(tmp_path / "good", [1])
    (write_wrong(tmp_path / "cut", [1]) / records.RESULT).write_bytes(b"\x00")
    write_job(tmp_path / "failed", None, "failed", error="RuntimeError: out of memory\nmore of it")
    write_job(tmp_path / "running", None, "running")
    write_job(tmp_path / "stopped", None, "interrupted")
    notes = read_sweep(tmp_path).notes
    assert notes[0].startswith(f"skipped: {tmp_path}/cut/result.json is damaged: ")
    assert notes[1] == f"failed: {tmp_path}/failed: RuntimeError: out of memory"
    assert notes[2] == "1 of 4 jobs running: of these, only finished trials count"
    assert notes[3] == "1 of 4 jobs interrupted: of these, only finished trials count"


def test_only_the_jobs_asked_for_are_in_it(tmp_path):
    write_wrong(tmp_path / "a", [1], hidden=2)
    write_wrong(tmp_path / "b", [2], hidden=5)
    sweep = read_sweep(tmp_path, where={"hidden": 5})
    assert list(sweep.trials["wrong"]) == [2]
    assert sweep.keys == ["task"]


def test_runs_on_another_engine_are_another_setting(tmp_path):
    write_wrong(tmp_path / "a", [1])
    write_wrong(tmp_path / "b", [1], engine="reference")
    sweep = read_sweep(tmp_path)
    assert sweep.keys == ["task", "engine"]
    assert sweep.notes == []


def test_runs_on_other_data_are_another_setting(tmp_path):
    for index, digest in enumerate(["ab", "ab", "cd"]):
        write_wrong(tmp_path / str(index), [index], seed=index)
        found = records.read_result(tmp_path / str(index))
        records.write_result(tmp_path / str(index), replace(found, digest=digest))
    sweep = read_sweep(tmp_path)
    assert sweep.trials.groupby("setting")["wrong"].apply(list).tolist() == [[0, 1], [2]]


def test_numbers_that_a_trial_has_not_are_missing_values(tmp_path):
    write_job(tmp_path / "a", [make_trial(0, None, status="diverged", mean_test_error=None)], trials=1)
    trials = read_sweep(tmp_path).trials
    assert trials["wrong"].isna().all()
    assert trials["error_rate"].isna().all()


def test_a_setting_has_a_name_and_shared_values_a_caption(tmp_path):
    write_wrong(tmp_path / "a", [1], model=LSTM)
    write_wrong(tmp_path / "b", [1], hidden=7)
    sweep = read_sweep(tmp_path)
    assert [sweep.name(setting) for setting in sweep.settings.index] == ["recall lstm hidden=5", "recall rnn hidden=7"]
    assert sweep.constants["batch_size"] == 64
    assert "hidden" not in sweep.constants


def test_reading_changes_nothing_in_the_folder(tmp_path):
    write_wrong(tmp_path / "a", [1, 2])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    read_sweep(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_the_error_of_a_folder_is_a_value_error():
    with pytest.raises(AnalysisError):
        read_sweep("does/not/exist")
    assert issubclass(AnalysisError, ValueError)


def test_frames_are_tidy(tmp_path):
    write_wrong(tmp_path / "a", [1, 2])
    sweep = read_sweep(tmp_path)
    assert not sweep.trials.duplicated(["setting", "seed"]).any()
    assert isinstance(sweep.trials.index, pd.RangeIndex)


def test_no_key_is_called_as_a_column_of_the_tables_is(tmp_path):
    columns = set(summarise(read_sweep(write_wrong(tmp_path / "plain", [1, 2])))) | set(read_sweep(tmp_path).trials)
    for value in (1, 2):
        write_wrong(tmp_path / "keys" / str(value), [1, 2], model={"name": "own", **dict.fromkeys(columns, value)})
    sweep = read_sweep(tmp_path / "keys")
    for frame in (sweep.trials, summarise(sweep)):
        assert frame.columns.is_unique


def test_chance_of_a_task_of_ones_own_is_that_of_its_result(tmp_path):
    own = {"_target_": "mine.Adding", "name": "adding"}
    write_job(tmp_path, [make_trial()], trials=1, task=own, chance=0.97)
    assert read_sweep(tmp_path).chance == [0.97]
