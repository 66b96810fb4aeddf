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
COMMANDS = re.findall(r"^(python -m seqmem\.train .*)$", PAGE, re.MULTILINE)

pytestmark = pytest.mark.slow


def test_the_commands_of_the_page_train_what_they_say():
    assert len(COMMANDS) == 6
    for command in COMMANDS:
        words = [sys.executable, *shlex.split(command)[1:]]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        finished = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)
        assert finished.returncode == 0, (command, finished.stderr)
    jobs = list(records.find_jobs(Path("multirun/recall")))
    assert len(jobs) == 6 + 6 + 6 + 9
    assert {records.read_result(job).status for job in jobs} == {"done"}
