"""A sweep that no command waits for: watched from another process, and told of by the next command."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

from seqmem import records
from seqmem.slurm import read_tasks
from tests.slurm.sweeping import LONG, find_owners, find_states, read_array, submit_only, wait_for
from tests.sweep.processes import ROOT, wait_until

pytestmark = pytest.mark.slow


def test_why_a_task_ended_is_told_by_the_next_command_if_none_waited(cluster):
    submit_only(*LONG)
    wait_until(lambda: len(find_owners()) == 2 and len(find_states()) == 2)
    job, owner = next(iter(find_owners().items()))
    os.kill(owner.pid, signal.SIGKILL)
    wait_until(lambda: any(task.state == "FAILED" for task in read_tasks(read_array())))
    assert records.read_result(job).status == "running"
    before = read_array()
    lines = submit_only(*LONG)
    assert re.match(rf"share \d/4 \(Slurm job {before}_\d\) ended: FAILED \(NonZeroExitCode\), exit code 137", lines[0])
    assert "1 submitted as Slurm job" in lines[1]
    waited = wait_for(*LONG)
    assert waited[-1] == "settings 4/4, trials 12/12, solved 0"
    assert not [line for line in waited if "ended: " in line]


def test_a_sweep_is_watched_from_another_process(cluster):
    submit_only(*LONG)
    command = [sys.executable, "-m", "multirun_analysis", "sweep", "--watch"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert any(
        re.search(r"^jobs 0/4 done, .*; array tasks: 2 running, 2 waiting \(Resources\)$", line) for line in lines
    )
    assert lines[-2] == "jobs 4/4 done, trials 12/12, solved 0; array tasks: 4 done"
