"""What is submitted to Slurm, and what is read of it again; Slurm itself is played by three small programs."""

from __future__ import annotations

import re
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from hydra_plugins.seqmem_stacked.cluster_launchers import LOCAL, SLURM
from seqmem import records, slurm
from seqmem.cluster.board import Board
from seqmem.cluster.local import LocalProcesses
from seqmem.cluster.logs import read_last_line
from seqmem.cluster.shares import Shares, SharesProgress, identify
from seqmem.cluster.slurm import SlurmArrays
from seqmem.cluster.submit import format_ranges
from seqmem.cluster.watch import Watch, record_reason, tell_ended
from seqmem.records import lock, read_arrays
from seqmem.records.job_arrays import GONE, Array, find_queued, read_latest_tasks, write_arrays
from seqmem.slurm import Task
from seqmem.sweep import Existing, Sweep
from seqmem.sweep.held_job import HeldJob
from tests.command import call, elsewhere  # noqa: F401
from tests.sweep.sweeping import run
from tests.sweep.sweeping import sweep as make

GRID = ["-m", "hidden=2,3,4,5", "trials=1", "hydra.sweep.dir=sweep"]
LAUNCHER = "hydra/launcher=stacked_slurm"
QUICK = "hydra.launcher.target_minutes=0.0001"
NOW = "hydra.launcher.wait=false"
PLAYED = f"""#!{sys.executable}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
name, words = pathlib.Path(__file__).name, sys.argv[1:]
if name == "sbatch":
    (here / "script").write_text(pathlib.Path(words[0]).read_text())
    print("Submitted batch job", 40 + len(list(here.glob("*.count"))))
    (here / f"{{len(list(here.glob('*.count')))}}.count").touch()
elif words == ["show", "config"]:
    print("ClusterName = c1\\nMaxArraySize = 4")
elif (here / f"{{words[-1]}}.tasks").exists():
    print((here / f"{{words[-1]}}.tasks").read_text())
else:
    sys.exit("slurm_load_jobs error: Invalid job id specified")
"""


@pytest.fixture(autouse=True)
def played(tmp_path, monkeypatch):
    """The folder of the programs that play Slurm: what was submitted is `script`, what is in the queue `JOB.tasks`."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("sbatch", "srun", "scontrol", "squeue"):
        (folder / name).write_text(PLAYED)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    slurm.read_config.cache_clear()
    yield folder
    slurm.read_config.cache_clear()


def queue(played: Path, job: str, *tasks: str) -> None:
    """Let Slurm know tasks of an array, as `NUMBERS STATE REASON`."""
    lines = [task.split() for task in tasks]
    text = [f"JobId=1 ArrayJobId={job} ArrayTaskId={n} JobState={state} Reason={why}" for n, state, why in lines]
    (played / f"{job}.tasks").write_text("\n".join(text))


def options(played: Path) -> dict[str, str]:
    """What was submitted last, of sbatch's options."""
    return dict(re.findall(r"^#SBATCH --([\w-]+)(?:=(.*))?$", (played / "script").read_text(), re.MULTILINE))


def look_at(tmp_path, *jobs: list[str]) -> Sweep:
    return Sweep(tmp_path / "sweep", make(tmp_path / "sweep", *(jobs or ([["hidden=2"], ["hidden=3"]]))))


@pytest.mark.parametrize(("node", "kind"), [(LOCAL, LocalProcesses), (SLURM, SlurmArrays)])
def test_the_launchers_keys_and_defaults_are_those_of_its_class(node, kind):
    defaults = {item.name: getattr(kind(), item.name) for item in fields(kind)}
    assert {key: value for key, value in node.items() if key != "_target_"} == defaults


def test_numbers_are_written_in_ranges():
    assert format_ranges([1, 2, 3, 5, 7, 8]) == "1-3,5,7-8"


@pytest.mark.usefixtures("elsewhere")
class TestCommand:
    """The command line, with Slurm played."""

    def test_a_sweep_is_one_array_of_command_lines(self, played):
        ended = call(*GRID, LAUNCHER, QUICK, NOW)
        assert ended.code == 0, ended.err
        assert ended.err.splitlines() == [
            "3 shares, 3 to do: 0 in the queue, 3 submitted as Slurm job 40",  # MaxArraySize leaves three
            "the same command shows how far they have come, and submits what is missing then",
        ]
        assert options(played)["array"] == "1-3%256"
        assert options(played)["signal"] == "USR1@90"
        assert "requeue" in options(played)
        script = (played / "script").read_text()
        assert (
            f"srun --unbuffered {sys.executable} -m seqmem.train {' '.join([*GRID, LAUNCHER, QUICK, NOW])} " in script
        )
        assert ' threads=1 shard="$SLURM_ARRAY_TASK_ID"/3 ${SLURM_RESTART_COUNT:+retry=none}\n' in script
        assert 'scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"' in script  # not the whole array
        assert not list(Path().rglob("*.pkl"))

    def test_options_are_handed_to_sbatch_under_its_own_names(self, played):
        given = {
            "partition": "long", "timeout_min": 90, "mem_gb": 3, "cpus_per_task": 4, "gpus_per_node": 1, "account": "a",
            "qos": "q", "constraint": "c", "array_parallelism": 7, "name": "mine", "signal_delay_s": 30,
        }  # fmt: skip
        more = [
            "hydra.launcher.setup=[module load x,ulimit -c 0]",
            "hydra.launcher.teardown=[echo over]",
            "hydra.launcher.additional_parameters={mail-user: me}",
        ]
        typed = [f"hydra.launcher.{key}={value}" for key, value in given.items()]
        ended = call(*GRID, LAUNCHER, QUICK, NOW, *typed, *more)
        assert ended.code == 0, ended.err
        expected = {
            "partition": "long", "time": "90", "mem": "3GB", "cpus-per-task": "4", "gpus-per-node": "1", "account": "a",
            "qos": "q", "constraint": "c", "job-name": "mine", "mail-user": "me", "signal": "USR1@30",
        }  # fmt: skip
        found = options(played)
        assert {key: found[key] for key in expected} == expected
        assert found["array"].endswith("%7")
        script = (played / "script").read_text()
        assert (
            script.index("module load x\nulimit -c 0\n") < script.index("srun ") < script.index("code=$?\necho over\n")
        )
        assert " threads=4 " in script

    @pytest.mark.slow
    def test_ten_thousand_points_are_at_most_fifty_tasks_unless_more_are_asked_for(self, played):
        (played / "scontrol").write_text(PLAYED.replace("MaxArraySize = 4", "MaxArraySize = 1001"))
        grid = ["-m", "seed=range(0,10000)", "trials=1", "hydra.sweep.dir=sweep", LAUNCHER, QUICK, NOW]
        ended = call(*grid)
        assert ended.code == 0, ended.err
        assert "50 shares, 50 to do: 0 in the queue, 50 submitted as Slurm job 40" in ended.err
        assert "there are no more of them than hydra.launcher.max_tasks=50" in ended.err
        assert options(played)["array"] == "1-50%256"
        assert "80 submitted" in call(*grid, "hydra.sweep.dir=other", "hydra.launcher.max_tasks=80").err

    def test_only_shares_that_neither_wait_nor_run_are_submitted(self, played):
        call(*GRID, LAUNCHER, QUICK, NOW)
        queue(played, "40", "1 COMPLETED None", "2-3 PENDING Resources")
        ended = call(*GRID, LAUNCHER, NOW)  # which would be one share
        assert ended.err.startswith("3 shares, 3 to do: 2 in the queue, 1 submitted as Slurm job 41\n")
        assert options(played)["array"] == "1%256"

    def test_another_sweep_in_the_same_folder_is_told(self, played):
        call(*GRID, LAUNCHER, QUICK, NOW)
        queue(played, "40", "1-3 PENDING Resources")
        ended = call(*GRID, "seed=5", LAUNCHER, NOW)
        assert (ended.code, ended.err) == (
            3,
            "seqmem: Slurm job 40 trains another sweep in sweep; wait for its end, or give another folder by "
            "hydra.sweep.dir, or cancel it: scancel 40\n",
        )
        queue(played, "40", "1-3 COMPLETED None")
        assert call(*GRID, "seed=5", LAUNCHER, NOW).code == 0

    def test_a_finished_sweep_submits_nothing(self, played):
        assert call(*GRID, "max_sequences=64").code == 0
        ended = call(*GRID, "max_sequences=64", LAUNCHER)
        assert (ended.code, ended.err) == (0, "settings 4/4, trials 4/4, solved 0\n")
        assert not (played / "script").exists()

    def test_a_dry_run_counts_the_shares(self, played):
        ended = call(*GRID, LAUNCHER, QUICK, "dry_run=true")
        assert (ended.code, ended.out.splitlines()[-1]) == (0, "These are 3 shares.")
        assert not (played / "script").exists()
        assert not list(Path().iterdir())

    def test_a_device_and_a_memory_that_this_machine_lacks_are_left_to_the_node(self):
        grid = [*GRID, LAUNCHER, "device=cuda", "hidden=2,1000000"]
        assert call(*grid, "dry_run=true").code == 0
        assert call(*grid, NOW).code == 0

    @pytest.mark.parametrize(
        ("argument", "message"),
        [
            ("target_minutes=0", "target_minutes must be above 0, got 0.0"),
            ("target_minutes=a", "target_minutes must be a number, got a"),
            ("wait=1", "wait must be true or false, got 1"),
            ("max_tasks=0", "max_tasks must be at least 1, got 0"),
            ("timeout_min=0", "timeout_min must be at least 1, got 0"),
            ("signal_delay_s=3600", "signal_delay_s must be less than timeout_min, got 3600"),
            ("max_num_timeout=-1", "max_num_timeout must be at least 0, got -1"),
            ("additional_parameters=3", "additional_parameters must hold options of sbatch, got 3"),
            ("setup=ls", "setup must be a list (or null), got ls"),
            ("partitoin=x", "partitoin is not a key; did you mean hydra.launcher.partition?"),
        ],
    )
    def test_bad_options_get_a_line(self, argument, message):
        ended = call(*GRID, LAUNCHER, f"hydra.launcher.{argument}")
        assert (ended.code, ended.err.partition(message)[0]) == (2, "seqmem: hydra.launcher."), ended.err

    def test_without_slurm_that_is_said(self, played):
        for path in played.iterdir():
            path.unlink()
        slurm.read_config.cache_clear()
        ended = call(*GRID, LAUNCHER)
        assert (ended.code, ended.err) == (2, "seqmem: scontrol cannot be run here: No such file or directory\n")

    def test_without_submitit_that_is_said(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "submitit", None)
        ended = call(*GRID, LAUNCHER)
        assert ended.code == 2
        assert "stacked_slurm needs submitit: pip install 'seqmem[slurm]'" in ended.err


# Job arrays of a sweep's folder.


def array(job: str, *tasks: int, cluster: str = "c1", sweep: str = "abc", count: int = 3) -> Array:
    return Array(cluster, job, count, sweep, tasks, settings=4, trials=4)


def test_arrays_are_kept_in_the_sweeps_folder(tmp_path, played):
    assert read_arrays(tmp_path) == []
    arrays = [array("40", 1, 2), array("41", 1, cluster="c2"), array("42", 3)]
    write_arrays(tmp_path, arrays)
    assert read_arrays(tmp_path) == arrays
    for job in ("40", "41"):
        queue(played, job, "1 COMPLETED None", "2 RUNNING None")
    assert find_queued(tmp_path) == {arrays[0]: [Task(2, "RUNNING")]}  # 41 is of another cluster


@pytest.mark.parametrize("content", ["", "{}", '[{"job": 3}]', "[" * 100_000])
def test_damaged_arrays_are_none(tmp_path, content):
    (tmp_path / ".shards").mkdir()
    (tmp_path / ".shards" / "arrays.json").write_text(content)
    assert read_arrays(tmp_path) == []


def test_of_each_share_the_task_counts_that_was_submitted_last(tmp_path, played):
    write_arrays(tmp_path, [array("40", 1, 2, 3), array("41", 2)])
    queue(played, "40", "1 RUNNING None", "2 TIMEOUT TimeLimit")
    queue(played, "41", "2 PENDING Resources")
    assert [(found.job, task) for found, task in read_latest_tasks(tmp_path)] == [
        *(("40", Task(1, "RUNNING")), ("41", Task(2, "PENDING", "Resources")), ("40", Task(3, GONE))),
    ]


def test_tasks_that_the_controller_has_forgotten_are_looked_up_in_the_accounts(tmp_path, played):
    write_arrays(tmp_path, [array("40", 1, 2, 3)])
    queue(played, "40", "1 RUNNING None")
    (played / "sacct").write_text("#!/bin/sh\necho '40_2|OUT_OF_MEMORY|0:125'\necho '40_3|CANCELLED by 0|1:0'\n")
    (played / "sacct").chmod(0o755)
    assert [task for _, task in read_latest_tasks(tmp_path)] == [
        *(Task(1, "RUNNING"), Task(2, "OUT_OF_MEMORY", None, 253), Task(3, "CANCELLED", None, 1)),
    ]


# What becomes of tasks.


def leave(sweep: Path) -> list[Path]:
    """Two jobs that were begun and left, as by a process that was killed."""
    settings = make(sweep, ["hidden=2", "max_sequences=1000"], ["hidden=3", "max_sequences=1000"])
    for setting in settings:
        setting.folder.mkdir(parents=True)
        held = HeldJob(setting, Existing("new"))
        held.save({})
    return [setting.folder for setting in settings]


@pytest.mark.parametrize("reason", ["OUT_OF_MEMORY OutOfMemory", "TIMEOUT TimeLimit", "NODE_FAIL None"])
def test_slurms_reason_is_told_and_kept_apart_from_the_neighbours(tmp_path, played, monkeypatch, reason):
    monkeypatch.setattr("seqmem.cluster.watch.PAUSE_S", 0.0)
    first, second = leave(tmp_path)
    jobs = [["hidden=2", "max_sequences=1000"], ["hidden=3", "max_sequences=1000"]]
    shares = Shares(Sweep(tmp_path, make(tmp_path, *jobs)), 2)
    (number,) = [number for number, own in shares.jobs.items() if shares.sweep.settings[own[0]].folder == first]
    submitted, progress = array("40", 1, 2, count=2), SharesProgress(shares.sweep)
    queue(played, "40", f"{number} {reason}", f"{3 - number} COMPLETED None")
    run(shares.sweep.settings[1:])
    bad = Watch(shares, {submitted: [1, 2]}, Board(progress, "array tasks")).wait()
    state, _, why = reason.partition(" ")
    told = state if why == "None" else f"{state} ({why})"
    assert bad == [f"share {number}/2 (Slurm job 40_{number}) ended: {told}"]
    result = records.read_result(first)
    assert (result.status, result.error) == ("interrupted", f"Slurm ended it: {told}")
    assert (records.read_result(second).status, records.read_result(second).error) == ("done", None)


def test_the_next_command_tells_what_ended_while_none_waited_and_tells_it_once(tmp_path, played):
    first, second = leave(tmp_path)
    jobs = [["hidden=2", "max_sequences=1000"], ["hidden=3", "max_sequences=1000"]]
    sweep = Sweep(tmp_path, make(tmp_path, *jobs))
    write_arrays(tmp_path, [array("40", 1, 2, sweep=identify(sweep), count=2)])
    queue(played, "40", "1 OUT_OF_MEMORY OutOfMemory", "2 RUNNING None")
    assert tell_ended(sweep) == ["share 1/2 (Slurm job 40_1) ended: OUT_OF_MEMORY (OutOfMemory)"]
    errors = {records.read_result(folder).error for folder in (first, second)}
    assert errors == {"Slurm ended it: OUT_OF_MEMORY (OutOfMemory)", None}
    assert tell_ended(sweep) == []


def test_tasks_of_another_sweep_are_not_told(tmp_path, played):
    leave(tmp_path)
    sweep = Sweep(tmp_path, make(tmp_path, ["hidden=2", "max_sequences=1000"]))
    write_arrays(tmp_path, [array("40", 1, sweep="another", count=1)])
    queue(played, "40", "1 OUT_OF_MEMORY OutOfMemory")
    assert tell_ended(sweep) == []


def test_a_task_that_slurm_has_forgotten_is_told_unless_its_jobs_have_ended(tmp_path, played, monkeypatch):
    monkeypatch.setattr("seqmem.cluster.watch.PAUSE_S", 0.0)
    shares = Shares(look_at(tmp_path), 2)
    progress = SharesProgress(shares.sweep)
    run([shares.sweep.settings[index] for index in shares.jobs[1]])
    submitted = array("40", 1, 2, count=2)
    assert Watch(shares, {submitted: [1, 2]}, Board(progress, "array tasks")).wait() == [
        "share 2/2 (Slurm job 40_2) ended: GONE (cancelled while it waited, or forgotten by Slurm)"
    ]


def test_no_reason_is_written_into_a_job_that_has_ended_or_is_at_work_again(tmp_path):
    done, at_work = leave(tmp_path)
    run(make(tmp_path, ["hidden=2", "max_sequences=1000"]))
    assert lock.claim(at_work, replace(lock.Owner.create(), machine="far"))
    for folder in (done, at_work, tmp_path / "nothing"):
        record_reason(folder, "Slurm ended it: TIMEOUT")
    assert [records.read_result(folder).status for folder in (done, at_work)] == ["done", "running"]
    assert not (tmp_path / "nothing").exists()


def test_the_last_line_of_a_log_is_the_programs_own(tmp_path):
    path = tmp_path / "1.log"
    assert read_last_line(path) == f"nothing is in {path}"
    path.write_text("first\nseqmem: hidden must be positive\n\nsrun: error: n1\nslurmstepd-n1: error\n")
    assert read_last_line(path) == "seqmem: hidden must be positive"
