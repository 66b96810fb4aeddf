"""The commands of docs/cluster.md, as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from seqmem import records

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cluster.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
# There is no network: the checkout stands for the index, and what it asks for must be installed.
CHECKOUT = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--no-build-isolation"]

pytestmark = pytest.mark.slow


def run(command: str) -> str:
    """Run one of the page's commands; returns what it prints."""
    program, *words = shlex.split(command)
    if program == "pip":
        assert words == ["install", "seqmem[slurm]"]
        typed = [*CHECKOUT, f"{ROOT}[slurm]"]
    else:
        assert program == "python"
        typed = [sys.executable, *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    finished = subprocess.run(typed, env=environment, capture_output=True, text=True, timeout=300)
    assert finished.returncode == 0, (command, finished.stderr)
    assert "does not provide the extra" not in finished.stderr
    return finished.stdout


def test_the_commands_of_the_page_do_what_they_say():
    shown = {command: run(command) for block in BLOCKS for command in block.splitlines()}
    assert sum(command.startswith("python -m seqmem.train") for command in shown) == 7
    (watched,) = [out for command, out in shown.items() if command.endswith("--watch")]
    assert re.search(r"; array tasks: .*\d done", watched.splitlines()[-2])
    jobs = list(records.find_jobs(Path("multirun/recall")))
    assert len(jobs) == 6 + 6 + 6 + 9
    assert {records.read_result(job).status for job in jobs} == {"done"}
