"""Modules of a user's own, written and edited while a test runs."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def write_module(tmp_path, monkeypatch):
    """Writes a module, anew where it was there already, and imports it as a new process would."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # a file that is edited within a second would seem unchanged

    def write(name: str, source: str) -> ModuleType:
        (folder / f"{name}.py").write_text(source)
        forget(folder)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield write
    forget(folder)


def forget(folder: Path) -> None:
    """Unload the modules of a folder."""
    for name, module in list(sys.modules.items()):
        if str(folder) in str(getattr(module, "__file__", "")):
            del sys.modules[name]
