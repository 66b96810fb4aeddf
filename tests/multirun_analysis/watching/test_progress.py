import os
from pathlib import Path

import pytest

from multirun_analysis.watching.progress import Follower
from seqmem import records
from tests.multirun_analysis.folders import LSTM, make_trial, write_job, write_wrong

NOW = 1_000_000.0


def age(folder, seconds, *names):
    """Make files as old as that; all of a job's, unless said."""
    for path in [folder / name for name in names] or folder.iterdir():
        os.utime(path, (NOW - seconds, NOW - seconds))


def look(*folders):
    return Follower(folders, clock=lambda: NOW).look()


def test_jobs_and_trials_are_counted_by_what_became_of_them(tmp_path):
    write_job(tmp_path / "a", [make_trial(seed, sequences_to_criterion=500) for seed in range(3)], trials=3)
    write_job(tmp_path / "b", [make_trial(0), make_trial(1, None, status="diverged")], "running", model=LSTM)
    write_job(tmp_path / "c", None, "failed", error="ValueError: no")
    progress = look(tmp_path)
    assert [progress.count(status) for status in ("done", "running", "failed", "interrupted")] == [1, 1, 1, 0]
    assert [(job.planned, job.ended, job.solved, job.diverged) for job in progress.jobs] == [
        *((3, 3, 3, 0), (10, 2, 0, 1), (10, 0, 0, 0)),
    ]
    assert [job.group for job in progress.jobs] == [("recall", "rnn"), ("recall", "lstm"), ("recall", "rnn")]


@pytest.mark.parametrize("where", ["nowhere", "."])
def test_a_folder_that_is_empty_or_not_there_yet_has_no_jobs(tmp_path, where):
    assert look(tmp_path / where).jobs == []


def test_a_job_that_is_damaged_is_named_and_the_others_are_counted(tmp_path):
    write_wrong(tmp_path / "a", [1])
    (write_wrong(tmp_path / "b", [1]) / records.RESULT).write_text("{")
    progress = look(tmp_path)
    assert len(progress.jobs) == 1
    assert "b/result.json is damaged" in progress.damaged[0]


def test_what_has_not_changed_is_not_read_again(tmp_path, monkeypatch):
    write_wrong(tmp_path / "a", [1])
    write_wrong(tmp_path / "b", [1])
    follower = Follower([tmp_path])
    follower.look()
    write_wrong(tmp_path / "b", [1, 2])
    read = []
    monkeypatch.setattr(records, "read_trials", lambda folder: read.append(Path(folder).name) or [])
    follower.look()
    assert read == ["b"]


def test_nothing_is_written(tmp_path):
    write_job(tmp_path / "a", [make_trial(0)], "running")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    look(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_the_time_left_is_told_by_the_pace_of_trials_that_have_ended(tmp_path):
    age(write_job(tmp_path / "done", [make_trial(seed) for seed in range(10)]), 50)
    running = write_job(tmp_path / "running", [make_trial(seed) for seed in range(5)], "running", model=LSTM)
    age(running, 10)
    age(running, 100, records.RESULT)
    assert look(tmp_path).seconds_left == pytest.approx(5 * 100 / 15)


def test_trials_from_before_do_not_count_into_the_pace(tmp_path):
    age(write_job(tmp_path / "before", [make_trial(seed) for seed in range(10)]), 5000)
    age(write_job(tmp_path / "done", [make_trial(seed) for seed in range(10)]), 50)
    taken_up = write_job(tmp_path / "taken up", [make_trial(seed) for seed in range(5)], "running", model=LSTM)
    age(taken_up, 3000)
    age(taken_up, 100, records.RESULT)
    follower = Follower([tmp_path], clock=lambda: NOW)
    assert follower.look().seconds_left == pytest.approx(5 * 100 / 10)
    write_job(taken_up, [make_trial(seed) for seed in range(7)], "running", model=LSTM)
    age(taken_up, 100, records.RESULT)
    assert follower.look().seconds_left == pytest.approx(3 * 100 / 12)


def test_trials_that_are_under_way_count_by_the_share_of_their_budget_that_is_used(tmp_path):
    running = write_job(tmp_path / "a", [make_trial(0)], "running", trials=4, batch_size=64, max_sequences=6400)
    states = {seed: {"progress": {"steps": steps}} for seed, steps in ((0, 100), (1, 50), (2, 25))}
    records.write_state(running, "0" * 12, states)
    age(running, 10)
    age(running, 100, records.RESULT)
    assert look(tmp_path).seconds_left == pytest.approx((4 - 1.75) * 100 / 1.75)


def test_a_state_that_cannot_be_read_is_left_to_who_takes_the_job_up(tmp_path):
    running = write_job(tmp_path / "a", [make_trial(0)], "running")
    (running / records.STATE).write_bytes(b"{")
    age(running, 100, records.RESULT)
    assert look(tmp_path).seconds_left is not None
    assert look(tmp_path).damaged == []


def test_there_is_no_pace_before_anything_has_been_done(tmp_path):
    write_job(tmp_path / "a", None, "running")
    assert look(tmp_path).seconds_left is None


def test_a_running_job_that_nobody_holds_was_left_behind(tmp_path):
    left = write_job(tmp_path / "a", None, "running")
    (left / records.LOCK).unlink()
    write_job(tmp_path / "b", None, "running")
    write_wrong(tmp_path / "c", [1])
    assert look(tmp_path).left_behind == 1
