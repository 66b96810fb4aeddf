import os
import signal
import subprocess
import sys
import threading

import pandas as pd
import pytest

from multirun_analysis import AnalysisError, build_report, compare, read_sweep, summarise
from multirun_analysis.folder import check_folder, write_files
from seqmem import records
from tests.multirun_analysis.folders import make_trial, write_job, write_wrong


def test_files_are_written_beside_what_is_there(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "tables.md").write_text("old")
    write_files({"tables.md": b"new"}, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", "tables.md"]
    assert (tmp_path / "tables.md").read_text() == "new"


def test_folders_are_made_for_the_files(tmp_path):
    write_files({"a": b"1"}, tmp_path / "x" / "y")
    assert (tmp_path / "x" / "y" / "a").read_bytes() == b"1"


def test_files_can_be_read_by_others(tmp_path):
    write_files({"a": b"1"}, tmp_path / "x")
    assert (tmp_path / "x").stat().st_mode & 0o555 == 0o555
    assert (tmp_path / "x" / "a").stat().st_mode & 0o444 == 0o444


def test_if_writing_fails_nothing_is_left(tmp_path):
    with pytest.raises(AnalysisError, match=r"out: cannot be written: .*"):
        write_files({"a": b"1", "no/such/folder": b"2"}, tmp_path / "x" / "out")
    assert list(tmp_path.iterdir()) == []


def test_if_writing_fails_what_was_there_stays(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(AnalysisError):
        write_files({"a": b"new", "no/such/folder": b"2"}, tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(AnalysisError, match=r"out: cannot be written: File exists"):
        write_files({"a": b"1"}, tmp_path / "out")


@pytest.mark.parametrize("inside", [".", "below/it"])
def test_nothing_is_written_into_a_job(tmp_path, inside):
    job = write_job(tmp_path / "job", [make_trial()])
    with pytest.raises(AnalysisError, match=r"belongs to the job in .*job; choose another folder with --out"):
        write_files({"a": b"1"}, job / inside)
    assert not (job / "below").exists()


@pytest.mark.parametrize("below", ["", "analysis", "analysis/deeper"])
def test_a_folder_that_is_read_only_is_told_with_the_way_out(tmp_path, monkeypatch, below):
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)  # a superuser may write anywhere
    with pytest.raises(AnalysisError, match=r"cannot be written: Permission denied; choose another folder with --out"):
        check_folder(tmp_path / below)
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_is_no_job_of_the_sweep(tmp_path):
    write_wrong(tmp_path / "rnn", [1, 2])
    before = read_sweep(tmp_path)
    report = build_report(before, summarise(before), compare(before), [])
    write_files(report, tmp_path / "analysis")
    after = read_sweep(tmp_path)
    pd.testing.assert_frame_equal(after.jobs, before.jobs)
    assert after.notes == []


KILLED = """
import os, runpy, signal, sys
from pathlib import Path
import multirun_analysis.report
multirun_analysis.report.draw_all = lambda *_: iter(())
number = int(sys.argv.pop())
Path.write_bytes = lambda *_: os.kill(os.getpid(), number)
runpy.run_module("multirun_analysis", run_name="__main__", alter_sys=True)
"""


def kill_report(sweep, number):
    """Write a report that is killed when its first file is to be written."""
    return subprocess.run([sys.executable, "-c", KILLED, str(sweep), str(int(number))], capture_output=True, text=True)


def test_what_a_killed_report_left_is_cleared_away_by_the_next(tmp_path):
    write_wrong(tmp_path / "rnn", [1, 2])
    assert kill_report(tmp_path, signal.SIGKILL).returncode == -signal.SIGKILL
    assert [path.name[:5] for path in (tmp_path / "analysis").iterdir()] == [".new-"]
    write_files({"tables.md": b"new"}, tmp_path / "analysis")
    assert [path.name for path in (tmp_path / "analysis").iterdir()] == ["tables.md"]


def test_a_report_that_is_told_to_end_leaves_nothing(tmp_path):
    write_wrong(tmp_path / "rnn", [1, 2])
    killed = kill_report(tmp_path, signal.SIGTERM)
    assert killed.returncode == 128 + signal.SIGTERM, killed.stderr
    assert list((tmp_path / "analysis").iterdir()) == []


def test_what_another_report_is_about_to_write_is_not_cleared_away(tmp_path):
    with records.alone(tmp_path):
        (tmp_path / ".new-theirs").mkdir()
        thread = threading.Thread(target=write_files, args=({"a": b"1"}, tmp_path))
        thread.start()
        thread.join(0.2)
        assert [path.name for path in tmp_path.iterdir()] == [".new-theirs"]
        (tmp_path / ".new-theirs").rename(tmp_path / "theirs")
    thread.join(10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "theirs"]


def test_files_that_are_links_are_replaced_and_not_followed(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "tables.md").symlink_to(tmp_path / "mine")
    write_files({"tables.md": b"new"}, tmp_path / "out")
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (tmp_path / "out" / "tables.md").is_symlink()
