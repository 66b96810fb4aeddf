"""The command line, called in process."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from unittest import mock

import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.core.singleton import Singleton

from seqmem.train import main

Plugins.instance()  # so that what `call` restores has them: Hydra 1.4 registers each of them once a process


@dataclass(frozen=True)
class Finished:
    """How a call ended."""

    code: int
    out: str
    err: str


def call(*arguments: str, keep_environment: bool = False) -> Finished:
    """Call `python -m seqmem.train` with arguments, in the current folder."""
    GlobalHydra.instance().clear()
    singletons = Singleton.get_state()
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        mock.patch.object(sys, "argv", ["seqmem.train", *arguments]),
        mock.patch.dict(os.environ),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        if not keep_environment:
            os.environ.pop("HYDRA_FULL_ERROR", None)
        try:
            main()
        except SystemExit as end:
            code = end.code
        finally:
            Singleton.set_state(singletons)
    return Finished(code, out.getvalue(), err.getvalue())


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty current folder."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
