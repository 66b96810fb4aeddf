"""Several processes over one folder: one works, the others are told who does."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from seqmem import records
from seqmem.records import lock
from seqmem.sweep import HeldError
from seqmem.sweep.locks import Locks
from tests.command import elsewhere  # noqa: F401
from tests.sweep.processes import ENDLESS, GRID, exists, finish, leftovers, read_files, run, start, wait_until
from tests.sweep.sweeping import Diary, run_settings, sweep
from tests.sweep.sweeping import run as run_here

FAR = replace(lock.Owner.create(), host="far", machine="far 1", pid=77, id="f" * 32)


@pytest.fixture
def settings(tmp_path):
    """Two settings, the second of which is held from another machine."""
    settings = sweep(tmp_path / "sweep", ["hidden=2"], ["hidden=3"])
    settings[1].folder.mkdir(parents=True)
    assert lock.claim(settings[1].folder, FAR)
    return settings


def test_a_sweep_that_another_process_is_at_work_on_says_who_since_when_and_where(settings):
    with pytest.raises(HeldError) as held:
        run_here(settings)
    assert str(held.value) == (
        f"process 77 on far, since {FAR.since}, is at work in {settings[1].folder} ({settings[1].folder}/lock); "
        "wait until it ends, or give take_over=true if it no longer runs"
    )


def test_a_sweep_that_is_refused_trains_and_tells_nothing_and_keeps_no_lock(settings):
    diary = Diary()
    with pytest.raises(HeldError):
        list(run_settings(settings, diary))
    assert diary.told == [("stop",)]
    assert not list(settings[0].folder.iterdir())
    assert lock.holds(settings[1].folder, FAR)


def test_a_lock_that_cannot_be_read_is_told(settings):
    (settings[1].folder / "lock").write_text("mine")
    with pytest.raises(HeldError, match=r"^someone is at work in "):
        run_here(settings)


def test_jobs_of_another_machine_are_taken_over_if_that_is_asked_for(settings):
    _, diary = run_here(settings, take_over=True)
    assert len(diary.trained()) == 4
    assert leftovers(str(settings[0].folder.parent)) == []


def test_settings_that_nobody_holds_are_trained_beside_those_of_another(settings):
    _, diary = run_here(settings[:1])
    assert len(diary.trained()) == 2


def test_what_another_process_has_ended_since_is_not_trained_again(tmp_path):
    settings = sweep(tmp_path / "sweep", ["hidden=2"], ["hidden=3"])
    late = run_settings(settings, diary := Diary())
    run_here(settings)
    assert len(list(late)) == 2
    assert diary.trained() == []
    assert ("start", "done", "done") in diary.told


def test_what_is_to_be_trained_anew_and_was_since_is_not_trained_again(tmp_path):
    settings = sweep(tmp_path / "sweep", ["hidden=2"])
    run_here(settings)
    late = run_settings(settings, diary := Diary(), retry="all")
    run_here(settings, retry="all")
    assert len(list(late)) == 1
    assert diary.trained() == []


def test_what_a_process_that_was_killed_at_the_last_moment_has_left_is_cleared_up(tmp_path):
    (setting,) = sweep(tmp_path / "sweep", ["hidden=2"])
    run_here([setting])
    lock.claim(setting.folder, replace(FAR, machine=lock.Owner.create().machine, pid=2**22 + 1))
    (setting.folder / records.STATE).write_bytes(b"")
    run_here([setting])
    assert leftovers(str(tmp_path)) == []


def test_a_done_job_that_is_held_is_left_alone(tmp_path):
    (setting,) = sweep(tmp_path / "sweep", ["hidden=2"])
    run_here([setting])
    lock.claim(setting.folder, FAR)
    run_here([setting])
    assert lock.holds(setting.folder, FAR)


def test_a_job_that_was_taken_over_is_left_to_the_other(tmp_path):
    class Robbed(Diary):
        def advance(self, sequences) -> None:
            for folder in robbed:
                other.take([folder])
            robbed.clear()

    settings = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    robbed = [settings[0].folder]
    with Locks(take_over=True) as other:
        ended = dict(run_settings(settings, Robbed()))
        assert records.read_result(settings[0].folder).status == "running"
    assert str(ended[0]) == f"{settings[0].folder} was taken over by another process"
    assert isinstance(ended[1], float)


def test_all_locks_are_released_at_the_end(tmp_path):
    with Locks() as own:
        own.take([tmp_path / "job"])
        assert asdict(lock.read_owner(tmp_path / "job")) == asdict(own.owner)
    assert not (tmp_path / "job" / "lock").exists()


# In processes of their own.


@pytest.mark.usefixtures("elsewhere")
def test_a_second_process_ends_with_an_exit_code_of_its_own_and_what_one_that_was_killed_held_is_taken_over():
    first = start(*ENDLESS)
    wait_until(lambda: exists("sweep/*/state.safetensors"), first)
    code, err = run(*ENDLESS)
    assert code == 3
    assert err[-1].startswith(f"seqmem: process {first.pid} on ")
    first.kill()
    first.communicate()
    second = start(*ENDLESS)
    wait_until(lambda: owner_of("sweep") == second.pid, second)
    second.terminate()
    assert finish(second)[0] == 143


def owner_of(folder: str) -> int | None:
    owners = [lock.read_owner(job) for job in records.find_jobs(Path(folder))]
    return owners[0].pid if owners and owners[0] else None


@pytest.mark.usefixtures("elsewhere")
def test_of_two_processes_that_start_together_one_does_all():
    processes = [start(*GRID) for _ in range(2)]
    codes = [finish(process)[0] for process in processes]
    assert sorted(codes) in ([0, 0], [0, 3], [3, 3])  # both may find the other's first lock
    assert run(*GRID)[0] == 0
    assert leftovers() == []
    assert run(*GRID, folder="whole")[0] == 0
    assert read_files() == read_files("whole")
