"""`hydra/launcher=stacked_local`: shares in processes of this machine, with the numbers of one process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from seqmem import records
from seqmem.cluster.local import LocalProcesses
from seqmem.records import lock
from seqmem.sweep import GOES_ON
from tests.command import call, elsewhere  # noqa: F401
from tests.sweep.processes import ENDLESS, GRID, finish, read_files, run, start, statuses, wait_until

LOCAL = "hydra/launcher=stacked_local"
TWO = [LOCAL, "hydra.launcher.processes=2"]
SHORT = [argument for argument in ENDLESS if not argument.startswith("hidden=")] + ["hidden=2,3"]

pytestmark = pytest.mark.usefixtures("elsewhere")


def pids() -> set[int]:
    """Of the processes that hold a job."""
    owners = [lock.read_owner(job) for job in records.find_jobs(Path("sweep"))]
    return {owner.pid for owner in owners if owner}


def test_shares_of_local_processes_leave_what_one_process_leaves():
    code, lines = run(*GRID, *TWO)
    assert code == 0, lines
    assert lines[0] == "2 of 2 shares to do, each in a process of its own"
    assert lines[-1] == "settings 2/2, trials 6/6, solved 0"
    assert run(*GRID, folder=Path("whole"))[0] == 0
    assert read_files("sweep") == read_files("whole")
    assert len({records.read_result(job).origin["command"] for job in records.find_jobs(Path("sweep"))}) == 2
    again = run(*GRID, *TWO)
    assert again == (0, ["settings 2/2, trials 6/6, solved 0"])


def test_ctrl_c_is_told_to_the_processes_which_save_and_the_same_command_goes_on():
    process = start(*SHORT, *TWO)
    wait_until(lambda: len(pids()) == 2, process)
    process.send_signal(signal.SIGINT)
    code, lines = finish(process)
    assert (code, lines[-1]) == (130, f"seqmem: {GOES_ON}"), lines
    assert statuses() == ["interrupted", "interrupted"]
    assert pids() == set()


def test_a_process_that_is_killed_is_told_apart_from_its_neighbour():
    process = start(*SHORT, *TWO)
    wait_until(lambda: len(pids()) == 2, process)
    first, second = sorted(pids())
    os.kill(first, signal.SIGKILL)
    os.kill(second, signal.SIGTERM)
    code, lines = finish(process)
    assert code == 1
    assert any(" ended with exit code -9: " in line for line in lines)
    assert any(" ended with exit code 143: seqmem: interrupted; " in line for line in lines)


def test_a_job_that_fails_is_told_with_its_folder():
    faulty = ["-m", "task._target_=tests.faulty.Faulty", "+task.fault=none,error", "+task.after=3"]
    code, lines = run(*faulty, "engine=reference", "trials=1", "max_sequences=640", *TWO)
    assert code == 1
    assert [line for line in lines if "+task.fault=error" in line and " failed: RuntimeError: " in line]
    assert statuses() == ["done", "failed"]


def test_each_process_gets_a_gpu_of_its_own(monkeypatch):
    seen: list[str | None] = []

    class Process:
        returncode = 0

        def __init__(self, command, env, **_options) -> None:
            seen.append(env["CUDA_VISIBLE_DEVICES"])

        def poll(self) -> int:
            return 0

        def wait(self) -> int:
            return 0

    monkeypatch.setattr("seqmem.cluster.local.subprocess.Popen", Process)
    call("-m", "hidden=2,3,4", LOCAL, "hydra.launcher.gpus=2", "hydra.launcher.processes=3", "hydra.sweep.dir=sweep")
    assert seen == ["0", "1", "0"]


def test_a_dry_run_says_how_many_shares_there_are():
    listed = call("-m", "hidden=2,3,4", "trials=1", *TWO, "dry_run=true")
    assert (listed.code, listed.out.splitlines()[-1]) == (0, "These are 2 shares.")
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-m", LOCAL, "hydra.launcher.processes=0"], "hydra.launcher.processes must be at least 1, got 0"),
        (
            ["-m", LOCAL, "hydra.launcher.processes=a"],
            "hydra.launcher.processes must be a whole number (or null), got a",
        ),
        (["-m", LOCAL, "hydra.launcher.cpus_per_process=-1"], "hydra.launcher.cpus_per_process must be at least 1"),
        (["-m", LOCAL, "hydra.launcher.gpus=1.5"], "hydra.launcher.gpus must be a whole number (or null), got 1.5"),
        (["-m", LOCAL, "hydra.launcher.nope=1"], "hydra.launcher.nope is not a key; "),
        ([LOCAL], "hydra/launcher=stacked_local launches sweeps; add -m, or leave it out"),
        (["-m", LOCAL, "hydra/sweeper=basic"], "hydra/launcher=stacked_local needs hydra/sweeper=grid, got hydra."),
        (["-m", LOCAL, "hidden=0"], "hidden must be positive, got 0"),
    ],
)
def test_bad_input_ends_in_a_line_before_any_process(arguments, message):
    ended = call(*arguments)
    assert ended.code == 2
    assert ended.err.startswith(f"seqmem: {message}")
    assert not list(records.find_jobs(Path()))


def test_there_are_as_many_processes_as_cores_for_them(monkeypatch):
    monkeypatch.setattr("seqmem.cluster.local.count_cores", lambda: 8)

    class Sweep:
        jobs = range(100)

    counts = [LocalProcesses(), LocalProcesses(cpus_per_process=3), LocalProcesses(gpus=4), LocalProcesses(processes=7)]
    assert [workers.count_shares(Sweep()) for workers in counts] == [8, 2, 4, 7]
