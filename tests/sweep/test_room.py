"""Stacks are cut to the memory that is free, and smaller yet where a process was killed with one."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

from seqmem import cells, records, tasks
from seqmem import run as run_jobs
from seqmem.engines.choose import ENGINES
from seqmem.engines.reference.engine import ReferenceEngine
from seqmem.job.job import Job
from seqmem.job.network import Network
from seqmem.sweep import Sweep
from seqmem.sweep.plan import format_plan
from seqmem.sweep.room import Room
from tests.sweep.sweeping import FUSED, Diary, read_files, run, run_settings, sweep

GB = 10**9
ROOT = Path(__file__).parents[2]
CPU = ReferenceEngine()
JOBS = [[*FUSED, "trials=3"], [*FUSED, "trials=1", "optimizer.lr=0.1"], [*FUSED, "trials=2", "clip=1"]]


@pytest.fixture
def built(monkeypatch) -> list[int]:
    """How many trials each stack had that was built."""
    sizes: list[int] = []

    def count(build):
        def counted(engine, trials):
            sizes.append(len(trials))
            return build(engine, trials)

        return counted

    for kind in ENGINES:
        monkeypatch.setattr(kind, "build", count(kind.build))
    return sizes


def leave_free(monkeypatch, memory: float) -> None:
    for kind in ENGINES:
        monkeypatch.setattr(kind, "free_memory", lambda engine: memory)


def test_stacks_are_cut_to_half_of_what_is_free_and_give_the_same_files(monkeypatch, built, tmp_path):
    run(sweep(tmp_path / "whole", *JOBS))
    settings = sweep(tmp_path / "cut", *JOBS)
    leave_free(monkeypatch, 2.01 * settings[0].choice.engine.estimate_memory([(settings[0].job, 2)]))
    objectives, diary = run(settings)
    assert built == [6, 2, 2, 2]
    assert all(isinstance(objective, float) for objective in objectives.values())
    assert diary.told.count(("start", "new", "new", "new")) == 1
    assert read_files(tmp_path / "cut") == read_files(tmp_path / "whole")


def test_with_no_memory_at_all_trials_are_tried_one_by_one(monkeypatch, built, tmp_path):
    settings = sweep(tmp_path, ["trials=3"])
    leave_free(monkeypatch, 0)
    objectives, _ = run(settings)
    assert (built, type(objectives[0])) == ([1, 1, 1], float)


def test_a_notebooks_jobs_are_cut_as_well(monkeypatch, built):
    job = Job(Network(tasks.Recall(), cells.RNN(), (5,)), max_sequences=64, test_sequences=20, trials=5)
    (whole,) = run_jobs([job], engine="reference")
    leave_free(monkeypatch, 2.01 * CPU.estimate_memory([(job, 2)]))
    (cut,) = run_jobs([job], engine="reference")
    assert built == [5, 2, 2, 1]
    assert [outcome.result.test_loss for outcome in cut] == [outcome.result.test_loss for outcome in whole]


def test_a_dry_run_says_how_large_the_stacks_would_be(monkeypatch, tmp_path):
    settings = sweep(tmp_path, *JOBS)
    leave_free(monkeypatch, GB)
    assert "stacks" not in format_plan(Sweep(tmp_path, settings))
    leave_free(monkeypatch, 800_000)
    assert " of memory if all train together, so in stacks of at most 400 kB. " in format_plan(
        Sweep(tmp_path, settings)
    )


# Killed.


def test_where_a_process_was_killed_stacks_take_half_as_much(monkeypatch):
    leave_free(monkeypatch, 8 * GB)
    room = Room()
    assert room.find(CPU) == 4 * GB
    assert room.learn(5, CPU, 3 * GB)
    assert room.find(CPU) == 1.5 * GB
    assert room.learn(6, CPU, GB)
    assert not room.learn(7, CPU, 2 * GB)
    assert room.find(CPU) == GB / 2


def test_a_stack_that_took_little_was_not_killed_for_it(monkeypatch):
    leave_free(monkeypatch, 8 * GB)
    room = Room()
    assert not room.learn(0, CPU, 0.3 * GB)
    assert not room.learn(1, CPU, None)
    assert (room.most, room.order([1, 0])) == (math.inf, [0, 1])


def test_what_was_killed_in_the_smallest_stack_comes_last(monkeypatch):
    leave_free(monkeypatch, 8 * GB)
    room = Room()
    for index, size in ((0, GB), (1, 2 * GB), (3, 2 * GB)):
        room.learn(index, CPU, size)
    assert room.order([4, 3, 2, 1, 0]) == [2, 4, 1, 3, 0]


# Runs a sweep in a process that dies, as by the kernel's hand, with a stack of more than two trials, or with one that
# has the first job's.
DYING = """
import os, signal, sys
from pathlib import Path
from seqmem.engines.fused.engine import FusedEngine
from tests.sweep.sweeping import run, sweep
from tests.sweep.test_room import JOBS
settings = sweep(Path(sys.argv[1]), *JOBS)
parts = [(setting.job, setting.job.trials) for setting in settings]
FusedEngine.free_memory = lambda engine: 2.1 * engine.estimate_memory(parts)
whole = FusedEngine.build

def build(engine, trials):
    if len(trials) > 3 or sys.argv[2] == "fatal" and any(trial.job.trials == 3 for trial in trials):
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(engine, trials)

FusedEngine.build = build
_, diary = run(settings)
print(*(told[1] for told in diary.told if told[0] == "note"), sep="\\n")
"""


def run_dying(folder: Path, fatal: str) -> tuple[int, str]:
    program = [sys.executable, "-c", DYING, str(folder), fatal]
    finished = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    return finished.returncode, finished.stdout.strip()


def read_statuses(folder: Path) -> list[str]:
    return [records.read_result(job).status for job in records.find_jobs(folder)]


def test_a_sweep_that_is_killed_for_its_memory_comes_to_its_end_when_it_is_run_again(tmp_path):
    assert run_dying(tmp_path / "killed", "") == (-9, "")
    code, told = run_dying(tmp_path / "killed", "")
    assert code == 0
    assert told.startswith("an earlier process was killed with a stack of about ")
    assert "; stacks now take at most " in told
    assert read_statuses(tmp_path / "killed") == ["done"] * 3
    assert list((tmp_path / "killed").rglob("stack")) == []
    run(sweep(tmp_path / "whole", *JOBS))
    assert read_files(tmp_path / "killed") == read_files(tmp_path / "whole")


def test_a_job_that_kills_its_process_even_alone_keeps_no_other_from_its_end(tmp_path):
    assert [run_dying(tmp_path, "fatal")[0] for _ in range(3)] == [-9] * 3
    assert sorted(read_statuses(tmp_path)) == ["done", "done", "running"]


def test_a_sweep_that_was_told_to_stop_is_not_taken_for_one_that_was_killed(tmp_path):
    class Stopping(Diary):
        def advance(self, sequences):
            raise KeyboardInterrupt

    settings = sweep(tmp_path, ["trials=2"])
    with pytest.raises(KeyboardInterrupt):
        list(run_settings(settings, Stopping()))
    assert read_statuses(tmp_path) == ["interrupted"]
    assert not (settings[0].folder / "stack").exists()
