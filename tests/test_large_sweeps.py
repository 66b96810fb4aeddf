"""Sweeps of as many jobs as there may be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import elsewhere  # noqa: F401

ROOT = Path(__file__).parents[1]
SECONDS, MEGABYTES = 180, 1500  # of one core and of memory, for 100,000 jobs

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("elsewhere")]


def measure(*arguments: str) -> tuple[int, str, float, float]:
    """Run a command; returns its exit code, standard error, seconds of a core, and megabytes."""
    command = [sys.executable, "-m", "seqmem.train", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with Path("out").open("w") as out, Path("err").open("w") as err:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, Path("err").read_text(), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


@pytest.mark.parametrize(
    "grid",
    [
        ["seed=range(0,10000)", "model=rnn,lstm", "hidden=2,3,4,5,6"],
        ["seed=range(0,50000)", "init.bias=default,{forget:1}", "model=lstm"],
    ],
)
def test_a_hundred_thousand_jobs_are_listed(grid):
    code, err, seconds, megabytes = measure("-m", *grid, "dry_run=true")
    lines = Path("out").read_text().splitlines()
    assert (code, len(lines)) == (0, 100_002), err
    assert lines[-1].startswith("100,000 settings, 100,000 to do: ")
    assert "100,000 of 100,000 jobs checked" in err
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def test_more_jobs_are_refused_at_once():
    code, err, seconds, megabytes = measure("-m", "seed=range(0,10000)", "hidden=range(1,1000)")
    assert code == 2
    assert err.startswith("seqmem: hidden=range(1,1000) gives the sweep more than 100,000 jobs; choose fewer values")
    assert seconds < 10
    assert megabytes < 400
