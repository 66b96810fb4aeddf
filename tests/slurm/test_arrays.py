"""A sweep on a cluster: what is submitted, what is shown, and the bytes that one process leaves."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from seqmem import records
from tests.slurm.sweeping import (
    LONG,
    check_against_one_process,
    find_owners,
    find_states,
    read_array,
    submit,
    submit_only,
    wait_for,
)
from tests.sweep.processes import finish, run, statuses, wait_until

pytestmark = pytest.mark.slow


def test_an_array_leaves_what_one_process_leaves():
    lines = wait_for()
    assert lines[0] == f"4 shares, 4 to do: 0 in the queue, 4 submitted as Slurm job {read_array()}"
    assert lines[-1] == "settings 4/4, trials 12/12, solved 0"
    assert wait_for() == ["settings 4/4, trials 12/12, solved 0"]
    check_against_one_process()


def test_the_same_command_submits_only_what_is_missing_and_counts_what_waits_or_runs(cluster):
    cluster.run("scontrol", "update", "NodeName=n1,n2", "State=DRAIN", "Reason=test")
    try:
        first = submit_only()
        job = read_array()
        assert first[0].endswith(f"4 to do: 0 in the queue, 4 submitted as Slurm job {job}")
        cluster.run("scancel", f"{job}_2", f"{job}_3")
        time.sleep(1)
        again = submit_only("hydra.launcher.target_minutes=1")  # the number of shares is kept while some wait
        assert again[0].endswith(f"4 shares, 4 to do: 2 in the queue, 2 submitted as Slurm job {read_array()}")
        assert submit_only()[0].endswith("4 shares, 4 to do: 4 in the queue, none submitted")
        code, lines = run("-m", "hidden=7,8", "hydra/launcher=stacked_slurm")
        assert (code, len(lines)) == (3, 1)
        assert re.fullmatch(rf"seqmem: Slurm job {job} trains another sweep in sweep; wait for its end, .*", lines[0])
    finally:
        cluster.run("scontrol", "update", "NodeName=n1,n2", "State=RESUME")
    assert wait_for()[-1] == "settings 4/4, trials 12/12, solved 0"


def test_a_task_that_is_killed_is_told_and_loses_nothing():
    process = submit(*LONG)
    wait_until(lambda: len(find_owners()) == 2 and len(find_states()) == 2, process)
    job, owner = next(iter(find_owners().items()))
    os.kill(owner.pid, signal.SIGKILL)
    code, lines = finish(process)
    assert code == 1
    (line,) = [line for line in lines if "ended: " in line]
    assert re.match(
        rf"share \d/4 \(Slurm job {read_array()}_\d\) ended: FAILED \(NonZeroExitCode\), exit code 137: ", line
    )
    result = records.read_result(job)
    assert (result.status, result.error) == ("interrupted", "Slurm ended it: FAILED (NonZeroExitCode)")
    assert statuses() == ["done", "done", "done", "interrupted"]
    assert "4 shares, 1 to do: 0 in the queue, 1 submitted" in wait_for(*LONG)[0]
    check_against_one_process(*LONG)


def test_ctrl_c_detaches_and_a_second_one_cancels(cluster):
    process = submit("max_sequences=1e12")
    wait_until(lambda: len(find_owners()) == 2, process)
    process.send_signal(signal.SIGINT)
    code, lines = finish(process)
    job = read_array()
    assert code == 130
    assert lines[-1].startswith(f"Slurm job {job} goes on; the same command shows it again, scancel {job} cancels it; ")
    assert len(find_owners()) == 2
    joined = submit("max_sequences=1e12")
    time.sleep(4)
    joined.send_signal(signal.SIGINT)
    assert finish(joined)[1][-1].endswith(f"scancel {job} cancels it")  # not submitted by this command
    cluster.clear()
    process = submit("max_sequences=1e12")
    wait_until(lambda: read_array() != job and len(find_owners()) == 2, process)
    process.send_signal(signal.SIGINT)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    code, lines = finish(process)
    assert (code, lines[-1]) == (130, f"Slurm job {read_array()} was cancelled; what it has saved stays")
    wait_until(lambda: not find_owners())
    assert set(statuses()) == {"interrupted"}


def test_what_slurm_refuses_is_told_in_its_own_words():
    code, lines = run("-m", "hidden=2,3", "hydra/launcher=stacked_slurm", "hydra.launcher.partition=nope")
    assert code == 2
    assert re.search(r"[Ii]nvalid partition", lines[-1])
    assert not list(records.find_jobs(Path()))


def test_what_only_a_node_knows_is_told_by_its_task():
    code, lines = run("-m", "hidden=2,3", "trials=1", "device=cuda", "hydra/launcher=stacked_slurm")
    assert code == 1
    assert any(re.search(r"exit code 2: .*device=cuda", line) for line in lines), lines
