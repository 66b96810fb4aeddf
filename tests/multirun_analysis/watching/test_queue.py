"""A sweep that was submitted to Slurm, watched from its folder and the queue; Slurm is played by a small program."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from multirun_analysis.watching.progress import Follower
from multirun_analysis.watching.queue import FRESH_S, Queue
from multirun_analysis.watching.watch import describe
from seqmem import records, slurm
from seqmem.records.job_arrays import Array, write_arrays
from tests.multirun_analysis.folders import LSTM, make_trial, write_job, write_wrong
from tests.multirun_analysis.watching.test_watch import Clock, watch_lines, watch_live

PLAYED = f"""#!{sys.executable}
import pathlib, sys
here = pathlib.Path(__file__).parent
if sys.argv[1:] == ["show", "config"]:
    print("ClusterName = c1")
else:
    (here / "asked").open("a").write("x")
    print((here / "tasks").read_text())
"""


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """The folder of the program that plays Slurm, whose tasks are in `tasks`."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "scontrol").write_text(PLAYED)
    (folder / "scontrol").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    slurm.read_config.cache_clear()
    yield folder
    slurm.read_config.cache_clear()


@pytest.fixture
def sweep(tmp_path):
    """A sweep of four settings with ten trials in all, of which one has begun."""
    folder = tmp_path / "sweep"
    write_job(folder / "a", [make_trial(0)], "running", trials=2)
    write_arrays(folder, [Array("c1", "40", 3, "abc", (1, 2, 3), settings=4, trials=10)])
    return folder


def queue(programs, *tasks: str) -> None:
    """Let Slurm know tasks, as `NUMBERS STATE REASON`."""
    lines = [task.split() for task in tasks]
    text = [f"JobId=1 ArrayJobId=40 ArrayTaskId={n} JobState={state} Reason={why}" for n, state, why in lines]
    (programs / "tasks").write_text("\n".join(text))


def test_tasks_are_counted_by_state_with_slurms_reason_and_settings_that_wait_count(programs, sweep):
    queue(programs, "1 RUNNING None", "2 PENDING Resources", "3 OUT_OF_MEMORY OutOfMemory")
    progress = Follower([sweep]).look()
    assert progress.queue.tasks == Counter({
        ("running", ""): 1, ("waiting", "Resources"): 1, ("OUT_OF_MEMORY", "OutOfMemory"): 1,
    })  # fmt: skip
    assert (progress.unbegun, progress.owed) == (3, 8)
    line = describe(progress)
    assert line.startswith("jobs 0/4 done, 1 running")
    assert "trials 1/10, solved 0, " in line
    tasks = "1 OUT_OF_MEMORY (OutOfMemory), 1 running, 1 waiting (Resources)"
    assert line.endswith(f"; array tasks: {tasks}")


def test_what_waits_counts_in_the_time_that_is_left(programs, sweep):
    queue(programs, "1 RUNNING None", "2-3 PENDING Resources")
    progress = Follower([sweep]).look()
    assert progress.seconds_left is None or progress.seconds_left > 0
    running = [job for job in progress.jobs if job.status == "running"]
    assert sum(job.planned - job.ended for job in running) + progress.owed == 9


def test_a_sweep_is_watched_from_the_folder_above_as_well(programs, sweep):
    queue(programs, "1 RUNNING None", "2-3 PENDING Resources")
    assert Follower([sweep.parent]).look().unbegun == 3


def test_it_does_not_end_while_tasks_wait(programs, sweep):
    queue(programs, "1 COMPLETED None", "2-3 PENDING Priority")
    write_wrong(sweep / "a", [1, 2])
    clock = Clock(after_60=lambda: queue(programs, "1 COMPLETED None", "2-3 COMPLETED None"))
    lines = watch_lines(sweep, clock)
    assert lines[0] == "jobs 1/4 done, trials 2/10, solved 0; array tasks: 1 done, 2 waiting (Priority)"
    assert lines[-2] == "jobs 1/4 done, trials 2/10, solved 0; array tasks: 3 done"
    assert lines[-1].startswith("ended; ")


def test_it_ends_where_all_tasks_have_before_a_job_began(programs, tmp_path):
    write_arrays(tmp_path / "sweep", [Array("c1", "40", 2, "abc", (1, 2), settings=4, trials=10)])
    queue(programs, "1-2 CANCELLED None")
    assert (
        watch_lines(tmp_path / "sweep", Clock())[0] == "jobs 0/4 done, trials 0/10, solved 0; array tasks: 2 CANCELLED"
    )


def test_it_ends_where_a_task_was_killed_and_has_left_its_job_behind(programs, sweep):
    (sweep / "a" / records.LOCK).unlink()
    queue(programs, "1-3 NODE_FAIL None")
    assert watch_lines(sweep, Clock())[0].startswith(
        "jobs 0/4 done, 1 running (1 left behind), trials 1/10, solved 0, "
    )


def test_the_live_table_shows_the_tasks(programs, sweep):
    queue(programs, "1 RUNNING None", "2-3 PENDING Resources")
    write_wrong(sweep / "a", [1, 2])
    clock = Clock(after_20=lambda: queue(programs, "1-3 COMPLETED None"))
    assert "array tasks: 1 running, 2 waiting (Resources)" in watch_live(sweep, clock)


def test_where_there_is_no_slurm_that_is_said_and_the_folder_tells_the_rest(tmp_path, sweep, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    slurm.read_config.cache_clear()
    clock = Clock(
        after_20=lambda: write_wrong(sweep / "a", [1, 2]),
        after_60=lambda: [write_wrong(sweep / name, [1, 2, 3], model=LSTM) for name in "bcd"],
    )
    lines = watch_lines(sweep, clock)
    assert "jobs 0/4 done, 1 running, trials 1/10" in lines[0]
    assert "; array tasks: not known here (scontrol cannot be run here: No such file or directory)" in lines[0]
    assert lines[-2].startswith("jobs 4/4 done, trials 11/11")  # written for three instead of two each


def test_slurm_is_asked_now_and_then_only(programs, sweep):
    queue(programs, "1-3 RUNNING None")
    clock = Clock()
    asking = Queue(clock)
    for _ in range(3):
        asking.look([sweep])
    assert (programs / "asked").read_text() == "x"
    clock.now += FRESH_S
    asking.look([sweep])
    assert (programs / "asked").read_text() == "xx"


def test_sweeps_that_were_not_submitted_are_shown_as_before(tmp_path):
    write_job(tmp_path / "a", [make_trial(0)], "running", trials=2)
    assert "array tasks" not in describe(Follower([tmp_path]).look())
