"""Folders that a sweep seldom meets: on a disk that takes nothing, and with a name that is no text."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from multirun_analysis.command import main as analyse
from seqmem import records
from tests.command import call, elsewhere  # noqa: F401
from tests.config.composing import TINY

GRID = ["-m", *TINY, "hidden=2", "model=rnn,lstm"]


@pytest.fixture
def read_only(monkeypatch):
    """Nothing can be made, changed or removed any more."""

    def fail(path, *_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    def make_folder(path, *_, **__):
        raise FileExistsError(path) if Path(path).exists() else fail(path)

    def mkstemp(*_, **arguments):
        fail(arguments["dir"])

    monkeypatch.setattr("tempfile.mkstemp", mkstemp)
    monkeypatch.setattr("os.mkdir", make_folder)
    for function in ("link", "rename", "replace", "unlink", "utime"):
        monkeypatch.setattr(f"os.{function}", fail)
    for method in ("write_bytes", "write_text"):
        monkeypatch.setattr(Path, method, fail)


def test_a_finished_sweep_on_a_read_only_disk_ends_well(elsewhere, request):  # noqa: F811
    assert call(*GRID).code == 0
    request.getfixturevalue("read_only")
    again = call(*GRID)
    assert again.code == 0
    assert again.err.startswith("2 jobs, 2 already done, 0 trials to train, multirun/recall\n\nbest of 2 settings ")
    assert call(*GRID[:-1], "model=lstm,rnn").code == 0  # the same jobs, whose notes would be others


def test_an_unfinished_sweep_on_a_read_only_disk_is_one_line(elsewhere, request):  # noqa: F811
    call(*GRID)
    request.getfixturevalue("read_only")
    more = call(*GRID[:-1], "model=rnn,gru")
    assert (more.code, more.err.count("\n")) == (2, 1)
    assert "Read-only file system; choose another folder with hydra.sweep.dir" in more.err


def test_a_sweep_runs_in_a_folder_whose_name_is_not_utf_8(tmp_path, monkeypatch):
    folder = tmp_path / "not\udcffutf-8"
    folder.mkdir()
    monkeypatch.chdir(folder)
    finished = call(*GRID)
    assert finished.code == 0, finished.err
    assert len(list(records.find_jobs(folder))) == 2
    (notes,) = folder.glob("multirun/recall/*rnn*/.hydra/hydra.yaml")
    assert "not\\udcffutf-8" in notes.read_text(encoding="utf-8")
    assert analyse(["multirun/recall"]) == 0
