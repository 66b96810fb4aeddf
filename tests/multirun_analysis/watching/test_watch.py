import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

import pytest
from rich.console import Console

from multirun_analysis.command import main
from multirun_analysis.watching.watch import SETTLE_S, watch
from tests.multirun_analysis.folders import GRU, LSTM, make_trial, write_job, write_wrong


class Clock:
    """A clock that goes on while others sleep, and does something at some of its times."""

    def __init__(self, **events):
        self.now = time.time()
        self.end = self.now + 1000
        self.events = sorted((self.now + float(at.removeprefix("after_")), event) for at, event in events.items())

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        assert self.now < self.end, "it should have ended by itself"
        while self.events and self.events[0][0] <= self.now:
            self.events.pop(0)[1]()


def watch_lines(folder, clock):
    console = Console(file=io.StringIO(), width=100)
    watch([folder], console, clock, clock.sleep)
    return console.file.getvalue().splitlines()


def watch_live(folder, clock, height=30):
    console = Console(file=io.StringIO(), width=100, height=height, force_terminal=True, color_system=None)
    watch([folder], console, clock, clock.sleep)
    return re.sub(r"\x1b\[[?\d]*[A-Za-z]", "", console.file.getvalue())  # without the cursor's moves


def test_a_sweep_is_told_in_lines_until_all_has_ended(tmp_path):
    write_job(tmp_path / "a", None, "running", trials=2)
    write_job(tmp_path / "b", None, "running", model=LSTM)
    clock = Clock(
        after_20=lambda: write_wrong(tmp_path / "a", [1, 2]),
        after_60=lambda: write_job(tmp_path / "b", None, "failed", model=LSTM),
    )
    lines = watch_lines(tmp_path, clock)
    assert lines[0] == "jobs 0/2 done, 2 running, trials 0/12, solved 0, time left not known yet"
    assert lines[1].startswith("jobs 1/2 done, 1 running, trials 2/12, solved 0, about ")
    assert lines[-2] == "jobs 1/2 done, 1 failed, trials 2/12, solved 0"
    assert lines[-1] == f"ended; what came of it: python -m multirun_analysis {tmp_path}"


def test_lines_come_only_now_and_then(tmp_path):
    def grow(trials):
        return lambda: write_job(tmp_path / "a", [make_trial(seed) for seed in range(trials)], "running")

    write_job(tmp_path / "a", None, "running")
    events = {f"after_{second}": grow(second) for second in range(1, 10)}
    clock = Clock(**events, after_12=lambda: write_wrong(tmp_path / "a", [1] * 10))
    lines = watch_lines(tmp_path, clock)
    assert [line.partition(", solved")[0] for line in lines[:2]] == [
        "jobs 0/1 done, 1 running, trials 0/10",
        "jobs 0/1 done, 1 running, trials 9/10",
    ]


@pytest.mark.parametrize("there", [True, False])
def test_it_waits_for_a_sweep_that_has_not_begun(tmp_path, there):
    folder = tmp_path / "sweep"
    if there:
        folder.mkdir()
    lines = watch_lines(folder, Clock(after_30=lambda: write_wrong(folder / "a", [1])))
    assert lines[0] == f"waiting for the first job in {folder}"
    assert lines[1] == "jobs 1/1 done, trials 1/1, solved 0"


def test_jobs_that_run_one_after_another_are_one_sweep(tmp_path):
    write_wrong(tmp_path / "a", [1])
    clock = Clock(
        after_2=lambda: write_job(tmp_path / "b", None, "running", trials=1, model=LSTM),
        after_30=lambda: write_wrong(tmp_path / "b", [2], model=LSTM),
    )
    assert "jobs 2/2 done, trials 2/2, solved 0" in watch_lines(tmp_path, clock)
    assert clock.now - clock.end + 1000 >= 30 + SETTLE_S


def test_a_live_table_has_a_row_for_each_task_and_model(tmp_path):
    write_job(tmp_path / "a", [make_trial(0, sequences_to_criterion=500)], trials=1, hidden=2)
    write_job(tmp_path / "b", [make_trial(0, None, status="diverged")], trials=1, hidden=5)
    write_wrong(tmp_path / "c", [1], model=LSTM)
    write_job(tmp_path / "d", None, "failed", model=LSTM, trials=1, hidden=50)
    lines = [line.split() for line in watch_live(tmp_path, Clock()).splitlines()]
    assert ["task", "model", "jobs", "done", "running", "failed", "trials", "ended", "diverged", "solved"] in lines
    assert ["recall", "lstm", "2", "1", "0", "1", "2", "1", "0", "0"] in lines
    assert ["recall", "rnn", "2", "2", "0", "0", "2", "2", "1", "1"] in lines
    assert ["all", "4", "3", "0", "1", "4", "3", "1", "1"] in lines


def test_a_low_terminal_shows_the_first_rows_and_how_many_more_there_are(tmp_path):
    for model in (LSTM, GRU, {"name": "rnn"}):
        write_wrong(tmp_path / model["name"], [1], model=model)
    shown = watch_live(tmp_path, Clock(), height=7)
    assert [line.split()[:2] for line in shown.splitlines()[1:4]] == [["recall", "gru"], ["..", "2"], ["all", "3"]]


def test_a_damaged_job_is_named_below_the_table(tmp_path):
    write_wrong(tmp_path / "a", [1])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "result.json").write_text("{")
    shown = watch_live(tmp_path, Clock())
    assert "skipped: " in shown
    assert "1 damaged" in shown


def test_a_damaged_job_is_named_once_in_lines(tmp_path):
    write_job(tmp_path / "a", None, "running")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "result.json").write_text("{")
    lines = watch_lines(tmp_path, Clock(after_30=lambda: write_wrong(tmp_path / "a", [1])))
    assert [line.partition(" is damaged")[0] for line in lines if "skipped" in line] == [
        f"skipped: {tmp_path}/b/result.json"
    ]


def test_a_job_that_was_left_behind_is_told(tmp_path):
    job = write_job(tmp_path / "a", None, "running")
    (job / "lock").unlink()
    clock = Clock(after_5=lambda: write_job(job, None, "interrupted"))
    lines = watch_lines(tmp_path, clock)
    assert "1 running (1 left behind)" in lines[0]
    assert "1 interrupted" in lines[-2]


@pytest.mark.parametrize("option", ["out", "where", "by", "rows", "columns", "metric"])
def test_what_belongs_to_a_report_is_refused(tmp_path, capsys, option):
    value = {"where": "model=rnn", "metric": "wrong"}.get(option, "model")
    assert main([str(tmp_path), "--watch", f"--{option}", value]) == 2
    assert capsys.readouterr().err.endswith(f"leave out --{option}\n")


@pytest.mark.parametrize("terminal", [True, False])
def test_ctrl_c_ends_it_quietly(tmp_path, terminal):
    write_job(tmp_path / "a", None, "running")
    parent, child = pty.openpty() if terminal else os.pipe()
    command = [sys.executable, "-m", "multirun_analysis", str(tmp_path), "--watch"]
    with subprocess.Popen(command, stdout=child, stderr=subprocess.PIPE, text=True) as running:
        os.close(child)
        said = b""
        while b"solved" not in said:
            assert select.select([parent], [], [], 60)[0], "nothing was shown"
            said += os.read(parent, 10_000)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130
        assert running.stderr.read() == ""
    os.close(parent)


def test_foreign_text_does_nothing_to_a_terminal(tmp_path):
    write_wrong(tmp_path / "a", [1], model=LSTM | {"name": "\x1b[31m"})
    (write_wrong(tmp_path / "b\x9b", [1]) / "result.json").write_text("{")
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system=None)
    clock = Clock()
    watch([tmp_path], console, clock, clock.sleep)
    shown = console.file.getvalue()
    assert "\\x1b[31m" in shown
    assert "b\\x9b/result.json is damaged" in shown
    assert "\x1b[31m" not in shown.replace("\\x1b[31m", "")
    assert "\x9b" not in shown
