"""Files that are written whole or not at all, set aside, and cleared away."""

import signal
import subprocess
import sys

import pytest

from seqmem.records import clear_leftovers, set_aside, write_whole

KILLED = """
import os, signal, sys
from pathlib import Path
from seqmem.records import files
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
files.write_whole(Path(sys.argv[1]), b"new")
"""


@pytest.mark.parametrize("name", ["result.json", "weights.safetensors", "lock", ".hydra/config.yaml"])
def test_what_a_killed_process_left_is_cleared_away_and_the_old_file_stays(tmp_path, name):
    path = tmp_path / name
    write_whole(path, b"old")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)])
    assert killed.returncode == -signal.SIGKILL
    assert len(list(path.parent.iterdir())) == 2
    clear_leftovers(tmp_path)
    assert [(file.name, file.read_bytes()) for file in path.parent.iterdir()] == [(path.name, b"old")]


@pytest.mark.parametrize("name", ["notes.tmp", ".notes.tmp", "result.json", ".result.json.tmp", ".a.b.c.12345678.tmp"])
def test_files_of_others_are_not_cleared_away(tmp_path, name):
    (tmp_path / name).write_text("mine")
    clear_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_files_are_set_aside_one_beside_the_other(tmp_path):
    for number in range(3):
        (tmp_path / "x").write_text(str(number))
        set_aside(tmp_path / "x")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "x.damaged": "0", "x.damaged2": "1", "x.damaged3": "2",
    }  # fmt: skip
