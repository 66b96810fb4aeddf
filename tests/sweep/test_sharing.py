"""Several processes over one folder: in process as threads, each with locks of its own."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from seqmem import records
from seqmem.records import lock
from seqmem.sweep import running, shift
from seqmem.sweep.claims import Claims
from seqmem.sweep.requests import WAITING
from tests.command import elsewhere  # noqa: F401
from tests.sweep.processes import ENDLESS, GRID, exists, finish, leftovers, read_files, run, start, wait_until
from tests.sweep.sweeping import Diary, sweep
from tests.sweep.sweeping import run as run_here

LONG = ["engine=fused", "max_sequences=200000", "evaluate_every=20000", "trials=2"]


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Processes look often at what others do."""
    monkeypatch.setattr(running, "POLL_S", 0.01)
    monkeypatch.setattr(shift, "ANSWER_S", 0.0)


class Worker(threading.Thread):
    """Runs points as a process of its own would."""

    def __init__(self, points, **policy) -> None:
        super().__init__()
        self.points, self.policy = points, policy
        self.objectives: dict = {}
        self.diary = Diary()

    def run(self) -> None:
        self.objectives = dict(running.run_points(self.points, self.diary, running.Policy(**self.policy)))

    def trained(self) -> Counter:
        return Counter(told[1:] for told in self.diary.told if told[0] == "trial")


def work_together(points, count: int = 2, delay_s: float = 0) -> list[Worker]:
    workers = [Worker(points) for _ in range(count)]
    for worker in workers:
        worker.start()
        time.sleep(delay_s)
    for worker in workers:
        worker.join()
    return workers


@pytest.mark.parametrize("delay_s", [0, 0.3])
def test_several_processes_train_every_trial_once_and_all_know_every_result(tmp_path, delay_s):
    jobs = [[*LONG, f"hidden={h}"] for h in (2, 3, 4, 5)]
    workers = work_together(sweep(tmp_path / "shared", *jobs), count=3, delay_s=delay_s)
    trained = sum((worker.trained() for worker in workers), Counter())
    assert len(trained) == 8
    assert set(trained.values()) == {1}
    run_here(sweep(tmp_path / "alone", *jobs))
    assert read_files(str(tmp_path / "shared")) == read_files(str(tmp_path / "alone"))
    assert leftovers(str(tmp_path / "shared")) == []
    for worker in workers[1:]:
        assert worker.objectives == pytest.approx(workers[0].objectives, rel=1e-5)


def test_a_process_that_comes_later_is_given_jobs_that_have_begun(tmp_path):
    points = sweep(tmp_path, *([*LONG, "max_sequences=2e6", f"hidden={h}"] for h in (2, 3)))
    first, second = Worker(points), Worker(points)
    first.start()
    while first.diary.sequences == 0:
        time.sleep(0.001)
    second.start()
    first.join()
    second.join()
    assert ("note", "gave 1 job to another process") in first.diary.told
    assert [len(worker.trained()) for worker in (first, second)] == [2, 2]
    assert 0 < second.diary.sequences < 4e6  # what the first had done was not done again


def test_a_process_that_waits_says_so_once_and_takes_what_others_find(tmp_path):
    points = sweep(tmp_path, [*LONG, "max_sequences=1e6"])
    first, second = Worker(points), Worker(points)
    first.start()
    while first.diary.sequences == 0:
        time.sleep(0.001)
    second.start()
    first.join()
    second.join()
    notes = [told[1] for told in second.diary.told if told[0] == "note"]
    assert notes == ["waiting for 1 job that other processes train"]
    assert second.trained() == Counter()
    assert ("done", points[0].folder.name, 2) in second.diary.told
    assert not (tmp_path / WAITING).exists()


@pytest.mark.parametrize("retry", ["failed", "all"])
def test_what_is_to_be_trained_anew_is_trained_anew_once(tmp_path, retry):
    points = sweep(tmp_path, *([*LONG, f"hidden={h}"] for h in (2, 3, 4)))
    run_here(points)
    if retry == "failed":
        for point in points:
            records.write_result(point.folder, replace(records.read_result(point.folder), status="failed"))
            (point.folder / records.TRIALS).unlink()
    workers = [Worker(points, retry=retry) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    trained = sum((worker.trained() for worker in workers), Counter())
    assert (len(trained), set(trained.values())) == (6, {1})


def test_one_that_fails_elsewhere_has_failed(tmp_path):
    (point,) = sweep(tmp_path, ["task._target_=tests.faulty.Faulty", "+task.fault=error"])
    with Claims() as other:
        assert other.take(point.folder)
        waiting = Worker([point])
        waiting.start()
        while not (tmp_path / WAITING).exists():
            time.sleep(0.001)
        point.folder.joinpath(records.RESULT).unlink(missing_ok=True)
        other.release(point.folder)
    waiting.join()
    assert isinstance(waiting.objectives[0], RuntimeError)


def test_the_owner_of_a_lock_touches_it_while_it_works(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "BEAT_S", 0.01)
    with Claims() as own:
        own.take(tmp_path / "job")
        before = (tmp_path / "job" / "lock").stat().st_mtime_ns
        deadline = time.monotonic() + 20
        while (tmp_path / "job" / "lock").stat().st_mtime_ns == before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert (tmp_path / "job" / "lock").stat().st_mtime_ns > before
    assert not (tmp_path / "job" / "lock").exists()


def test_a_job_that_was_taken_over_is_left_to_the_other(tmp_path):
    class Robbed(Diary):
        def advance(self, sequences) -> None:
            for folder in robbed:
                (folder / "lock").unlink()
                assert other.take(folder)
            robbed.clear()

    points = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    robbed = [points[0].folder]
    with Claims() as other:
        settled = running.run_points(points, diary := Robbed())
        assert next(settled)[0] == 1
        assert records.read_result(points[0].folder).status == "running"
        other.release(points[0].folder)
        assert next(settled)[0] == 0
    assert ("note", f"{points[0].folder} was taken over by another process") in diary.told


# In processes of their own.


@pytest.mark.usefixtures("elsewhere")
def test_what_a_process_that_was_killed_held_another_one_trains():
    first = start(*GRID, "max_sequences=1e12")
    wait_until(lambda: exists("sweep/*/state.safetensors"), first)
    second = start(*ENDLESS)  # a point of the first's
    wait_until(lambda: exists(f"sweep/{WAITING}/*"), second)
    first.kill()
    first.communicate()
    wait_until(lambda: second.pid in owners(), second)
    second.terminate()
    assert finish(second)[0] == 143


def owners() -> set[int]:
    found = [lock.read_owner(job) for job in records.find_jobs(Path("sweep"))]
    return {owner.pid for owner in found if owner is not None}


@pytest.mark.usefixtures("elsewhere")
def test_two_processes_that_start_together_both_end_well():
    processes = [start(*GRID) for _ in range(2)]
    for process in processes:
        code, err = finish(process)
        assert code == 0, err
    assert leftovers() == []
    assert run(*GRID, folder="whole")[0] == 0
    assert read_files() == read_files("whole")
