"""What Slurm's commands print, read; and locks of processes that run in its jobs."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from seqmem import slurm
from seqmem.records.lock import Owner, claim, is_left_behind, take_over
from seqmem.slurm import Allocation, SlurmError, Task, has_left_queue, read_allocation, read_tasks, was_requeued

CONFIG = "ClusterName             = c1\nMaxArraySize            = 1001\nPluginDir = a=b"
HERE = Allocation("c1", "127")
ARRAY = """\
JobId=9 ArrayJobId=7 ArrayTaskId=5-6,9%2 JobName=x JobState=PENDING Reason=Resources ExitCode=0:0 Command=/s JobState=no
JobId=8 ArrayJobId=7 ArrayTaskId=1 JobName=x JobState=RUNNING Reason=None ExitCode=0:0 Command=/s
JobId=7 ArrayJobId=7 ArrayTaskId=2 JobName=x JobState=OUT_OF_MEMORY Reason=OutOfMemory ExitCode=0:125 Command=/s
JobId=10 ArrayJobId=7 ArrayTaskId=3 JobName=x JobState=FAILED Reason=NonZeroExitCode ExitCode=2:0 Command=/s
"""


@pytest.fixture
def answer(tmp_path, monkeypatch):
    """Lets a command of Slurm's print something, and end with a code."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(slurm, "_answers", {})
    slurm.read_config.cache_clear()

    def write(name: str, text: str, code: int = 0, err: str = "") -> None:
        path = programs / name
        path.write_text(
            f"#!{sys.executable}\nimport sys\nprint({text!r})\nprint({err!r}, file=sys.stderr)\nsys.exit({code})\n"
        )
        path.chmod(0o755)

    yield write
    slurm.read_config.cache_clear()


@pytest.fixture(autouse=True)
def outside(monkeypatch):
    """A process that runs in no job."""
    for name in [name for name in os.environ if name.startswith("SLURM_")]:
        monkeypatch.delenv(name)


def enter(monkeypatch, job: str, restarts: str | None = None, cluster: str = "c1") -> None:
    monkeypatch.setenv("SLURM_JOB_ID", job)
    monkeypatch.setenv("SLURM_CLUSTER_NAME", cluster)
    if restarts is not None:
        monkeypatch.setenv("SLURM_RESTART_COUNT", restarts)


def test_a_process_knows_the_job_that_it_runs_in(monkeypatch):
    assert read_allocation() is None
    enter(monkeypatch, "127")
    assert read_allocation() == HERE
    enter(monkeypatch, "127", "2")
    assert read_allocation() == replace(HERE, restarts=2)


def test_tasks_of_an_array_are_read_those_that_wait_together_too(answer):
    answer("scontrol", ARRAY)
    assert read_tasks("7") == [
        Task(1, "RUNNING"),
        Task(2, "OUT_OF_MEMORY", "OutOfMemory", 253),
        Task(3, "FAILED", "NonZeroExitCode", 2),
        *(Task(number, "PENDING", "Resources") for number in (5, 6, 9)),
    ]
    assert [task.number for task in read_tasks("7") if task.is_in_queue] == [1, 5, 6, 9]


def test_an_array_that_slurm_has_forgotten_has_no_tasks(answer):
    answer("scontrol", "", 1, "slurm_load_jobs error: Invalid job id specified")
    assert read_tasks("7") == []


def test_slurms_own_words_are_told(answer):
    answer("scontrol", "", 1, "slurm_load_jobs error:\n Unable to contact slurm controller")
    with pytest.raises(SlurmError, match=r"^scontrol failed: slurm_load_jobs error: Unable to contact slurm contr"):
        read_tasks("7")


def test_without_slurm_that_is_said(answer):
    with pytest.raises(SlurmError, match=r"^scontrol cannot be run here: No such file or directory$"):
        slurm.read_config()


def test_slurms_settings_are_read(answer):
    answer("scontrol", CONFIG)
    assert slurm.read_config() == {"ClusterName": "c1", "MaxArraySize": "1001", "PluginDir": "a=b"}


@pytest.mark.parametrize(
    ("out", "code", "err", "left"),
    [
        ("RUNNING", 0, "", False),
        ("PENDING", 0, "", False),
        ("", 0, "", True),
        ("", 1, "slurm_load_jobs error: Invalid job id specified", True),
        ("", 1, "slurm_load_jobs error: Unable to contact slurm controller", False),
    ],
)
def test_a_job_has_left_the_queue_when_slurm_says_so(answer, out, code, err, left):
    answer("scontrol", CONFIG)
    answer("squeue", out, code, err)
    assert has_left_queue(HERE) is left


def test_nobody_can_tell_of_another_cluster_or_without_slurm(answer):
    assert not has_left_queue(HERE)
    answer("scontrol", CONFIG)
    answer("squeue", "")
    slurm._answers.clear()
    assert has_left_queue(HERE)
    assert not has_left_queue(Allocation("c2", "128"))


def test_slurm_is_not_asked_again_at_once(answer):
    answer("scontrol", CONFIG)
    answer("squeue", "RUNNING")
    assert not has_left_queue(HERE)
    answer("squeue", "")
    assert not has_left_queue(HERE)


def test_a_job_that_was_requeued_knows_its_earlier_start(monkeypatch):
    assert not was_requeued(HERE)
    enter(monkeypatch, "127")
    assert not was_requeued(HERE)
    enter(monkeypatch, "127", "1")
    assert was_requeued(HERE)
    enter(monkeypatch, "128", "1")
    assert not was_requeued(HERE)


# Locks.


def lock_from_afar(folder: Path, allocation: Allocation | None) -> Owner:
    owner = replace(Owner.create(), host="n9", machine="n9 1", slurm=allocation)
    assert claim(folder, owner)
    return Owner.create()


def test_a_lock_tells_the_slurm_job(monkeypatch):
    assert Owner.create().slurm is None
    enter(monkeypatch, "127", "3")
    assert Owner.create().slurm == replace(HERE, restarts=3)


def test_a_lock_whose_slurm_job_has_left_the_queue_is_taken_over(answer, tmp_path):
    answer("scontrol", CONFIG)
    answer("squeue", "")
    own = lock_from_afar(tmp_path, HERE)
    assert is_left_behind(tmp_path)
    assert take_over(tmp_path, own)


def test_a_lock_whose_slurm_job_waits_or_runs_is_respected(answer, tmp_path):
    answer("scontrol", CONFIG)
    answer("squeue", "PENDING")
    assert not take_over(tmp_path, lock_from_afar(tmp_path, HERE))


def test_a_lock_from_elsewhere_without_a_slurm_job_is_respected(answer, tmp_path):
    answer("scontrol", CONFIG)
    answer("squeue", "")
    assert not take_over(tmp_path, lock_from_afar(tmp_path, None))


def test_a_requeued_task_takes_over_what_its_earlier_start_held(tmp_path, monkeypatch):
    own = lock_from_afar(tmp_path, HERE)
    enter(monkeypatch, "127", "1")
    assert take_over(tmp_path, own)


def test_a_task_of_an_array_is_known_by_its_number_in_the_array(monkeypatch):
    for name, value in {"JOB_ID": "40", "ARRAY_JOB_ID": "40", "ARRAY_TASK_ID": "4", "CLUSTER_NAME": "c1"}.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    assert slurm.read_allocation() == slurm.Allocation("c1", "40_4")
