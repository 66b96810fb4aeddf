"""What goes wrong on a cluster: a node's daemon, a time limit, a preemption; no trial that has ended is lost."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

import pytest

from seqmem import records
from seqmem.slurm import read_tasks
from tests.slurm.cluster import NODES
from tests.slurm.sweeping import (
    LONG,
    check_against_one_process,
    count_ended,
    find_owners,
    find_states,
    read_array,
    submit,
    wait_for,
)
from tests.sweep.processes import finish, statuses, wait_until

pytestmark = pytest.mark.slow

ENDLESS = "max_sequences=1e12"


def wait_for_work(process) -> None:
    """Wait until both nodes have saved something."""
    wait_until(lambda: len(find_owners()) == 2 and len(find_states()) == 2, process)


def finish_with(cluster, process) -> tuple[int, list[str]]:
    """Wait for the end of a command, and spare requeued tasks the two minutes that Slurm lets them wait."""
    deadline = time.monotonic() + 110
    while process.poll() is None and time.monotonic() < deadline:
        for task in read_tasks(read_array()) if read_array() else []:
            if task.reason == "BeginTime":
                cluster.run("scontrol", "update", f"JobId={read_array()}_{task.number}", "StartTime=now", check=False)
        time.sleep(1)
    return finish(process)


def count_restarts(cluster) -> int:
    """How often the tasks of the last array were requeued."""
    shown = cluster.run("scontrol", "--oneliner", "show", "job", read_array())
    return sum(map(int, re.findall(r" Restarts=(\d+)", shown)))


def test_a_node_whose_daemon_is_killed_loses_its_task_to_the_other(cluster):
    process = submit(*LONG)
    wait_for_work(process)
    cluster.stop("n1", signal.SIGKILL)
    try:
        down = ["sinfo", "--noheader", "--states=down", "--format=%n"]
        wait_until(lambda: "n1" in cluster.run(*down), process)
        before = count_ended()
        code, lines = finish_with(cluster, process)
    finally:
        cluster.start_node("n1")
    assert code == 0, lines
    assert count_ended() == 12 >= before
    wait_until(lambda: cluster.list_idle() == ["n1", "n2"])
    check_against_one_process(*LONG)


def test_a_task_that_nears_its_time_limit_saves_and_is_requeued(cluster):
    limit = ["hydra.launcher.timeout_min=1", "hydra.launcher.signal_delay_s=55"]
    process = submit(*LONG, *limit, "max_sequences=3e7")
    code, lines = finish_with(cluster, process)
    assert code == 0, lines
    assert count_restarts(cluster) >= 1
    check_against_one_process(*LONG, "max_sequences=3e7")


def test_a_task_that_its_limit_ends_is_told_with_slurms_reason_and_goes_on(cluster):
    deaf = ["timeout_min=1", "signal_delay_s=10", "additional_parameters={signal: CONT@10}"]
    process = submit(ENDLESS, *(f"hydra.launcher.{option}" for option in deaf))
    wait_for_work(process)
    time.sleep(1)
    cluster.run("scancel", f"{read_array()}_3", f"{read_array()}_4")
    code, lines = finish(process)
    assert code == 1
    ended = sorted(line.partition(" ended: ")[2] for line in lines if " ended: " in line)
    assert [what.partition(" ")[0] for what in ended] == ["GONE", "GONE", "TIMEOUT", "TIMEOUT"]
    assert statuses() == ["interrupted", "interrupted"]
    errors = [records.read_result(job).error for job in records.find_jobs(Path("sweep"))]
    assert all(re.match(r"Slurm ended it: TIMEOUT", error) for error in errors)
    assert len(find_states()) == 2


def test_a_task_that_a_partition_of_higher_priority_preempts_saves_and_is_requeued(cluster):
    process = submit(*LONG)
    wait_for_work(process)
    begun, before = set(find_states()), count_ended()
    for _ in NODES:
        cluster.run("sbatch", "--partition=urgent", "--output=/dev/null", "--wrap=sleep 3")
    wait_until(lambda: count_restarts(cluster) == 2, process)
    assert all((job / records.STATE).exists() or records.read_result(job).status == "done" for job in begun)
    code, lines = finish_with(cluster, process)
    assert code == 0, lines
    assert count_ended() == 12 >= before
    check_against_one_process(*LONG)


def test_a_task_that_is_sent_sigusr1_saves_and_is_requeued(cluster):
    process = submit(*LONG)
    wait_for_work(process)
    running = [task.number for task in read_tasks(read_array()) if task.state == "RUNNING"]
    before = count_ended()
    for number in running:
        cluster.run("scancel", "--signal=USR1", f"{read_array()}_{number}.0")
    wait_until(lambda: count_restarts(cluster) == 2)
    assert statuses().count("interrupted") == 2
    assert len(find_states()) >= 2
    code, lines = finish_with(cluster, process)
    assert code == 0, lines
    assert count_ended() == 12 >= before
    check_against_one_process(*LONG)
    assert wait_for(*LONG)[-1] == "settings 4/4, trials 12/12, solved 0"
