"""Ctrl-C before the command line has come to its first statement."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seqmem import starting
from seqmem.starting import end_by_exception, end_quietly

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "module", ["numpy", "seqmem.tasks", "hydra", "seqmem.config.build", "rich.console", "omegaconf"]
)
def test_an_import_that_is_interrupted_ends_without_a_traceback(module, tmp_path):
    command = [sys.executable, "-X", "importtime", "-m", "seqmem.train", "hidden=3"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    for line in process.stderr:
        if line.rpartition("|")[2].strip() == module:
            process.send_signal(signal.SIGINT)
            break
    _, err = process.communicate(timeout=60)
    told = [line for line in err.splitlines() if line and not line.startswith("import time:")]
    assert (process.returncode, told) == (130, ["seqmem: interrupted before anything was trained"])
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def sigint():
    """Leaves what Ctrl-C does as it was."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("words", "is_ours"),
    [
        (["python", "-m", "seqmem.train", "-m", "hidden=2"], True),
        (["python", "-X", "dev", "-m", "seqmem.train"], True),
        (["python", "/usr/bin/seqmem-train", "-m"], True),
        (["python", "-m", "multirun_analysis", "-m", "seqmem.train"], False),
        (["python", "-m"], False),
        (["python", "notebook.py"], False),
        (["python"], False),
    ],
)
def test_only_the_command_line_ends_quietly_and_only_while_it_starts(words, is_ours, sigint, monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", words)
    end_quietly()
    assert (signal.getsignal(signal.SIGINT) is starting._leave) == is_ours
    end_by_exception()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_program_that_is_deaf_to_ctrl_c_stays_so(sigint, monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "seqmem.train"])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_quietly()
    end_by_exception()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
