"""Where compiled code is kept, whose folder that may be, and what is done about files that cannot be read."""

import hashlib
import logging
import os
import pickle
import tempfile
from pathlib import Path

import numpy as np
import pytest

from seqmem.engines.fused import cache
from seqmem.engines.fused.cache import find_folder, source_hash
from seqmem.engines.fused.compiling import entry


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    """A user's folder and a temporary one, both empty; the folder is chosen anew, in the test and after it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    find_folder.cache_clear()
    yield
    find_folder.cache_clear()


@pytest.fixture
def temporary(monkeypatch, tmp_path):
    """The folder below the temporary one, where the user's own cannot be written."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    return tmp_path / "tmp" / f"seqmem-{os.geteuid()}" / f"fused-{source_hash()}"


def test_the_folder_is_the_users_and_closed_to_others(tmp_path):
    folder = tmp_path / "home" / "seqmem" / f"fused-{source_hash()}"
    assert find_folder() == (folder, "")
    assert [path.stat().st_mode & 0o777 for path in (folder.parent, folder)] == [0o700, 0o700]


def test_without_a_folder_to_write_to_it_is_a_temporary_one(temporary):
    assert find_folder() == (temporary, "")


def test_a_folder_that_was_made_before_is_used_again(temporary):
    temporary.mkdir(parents=True, mode=0o700)
    assert find_folder().folder == temporary


def test_with_nowhere_to_write_there_is_none(temporary, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    assert find_folder().folder is None
    assert f"{tmp_path / 'file' / 'seqmem'} cannot be written" in find_folder().reasons


@pytest.mark.parametrize(
    ("level", "mode"), [("parent", 0o777), ("parent", 0o770), ("folder", 0o777), ("folder", 0o755)]
)
def test_a_folder_that_others_can_open_is_not_used(temporary, level, mode):
    temporary.mkdir(parents=True, mode=0o700)
    temporary.parent.chmod(0o700)
    path = temporary.parent if level == "parent" else temporary
    path.chmod(mode)
    folder, reasons = find_folder()
    assert folder is None
    assert f"{path} is open to other users (mode {mode:o})" in reasons


def test_a_folder_of_another_user_is_not_used(temporary, monkeypatch):
    temporary.mkdir(parents=True, mode=0o700)
    temporary.parent.chmod(0o700)
    owner, planted = os.geteuid(), temporary.parent
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    planted.rename(planted.with_name(f"seqmem-{owner + 1}"))  # what another user makes before this one comes
    folder, reasons = find_folder()
    assert folder is None
    assert f"seqmem-{owner + 1} belongs to another user" in reasons


@pytest.mark.parametrize("level", ["parent", "folder"])
def test_a_link_is_not_followed(temporary, tmp_path, level):
    path = temporary.parent if level == "parent" else temporary
    path.parent.mkdir(mode=0o700, exist_ok=True)
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    path.symlink_to(tmp_path / "elsewhere")
    folder, reasons = find_folder()
    assert folder is None
    assert f"{path} is a link" in reasons


def test_a_changed_source_gives_another_folder(monkeypatch, tmp_path):
    before = source_hash()
    package = tmp_path / "fused"
    package.mkdir()
    for path in Path(cache.__file__).parent.glob("*.py"):
        (package / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(cache, "__file__", str(package / "cache.py"))
    copied = source_hash()
    (package / "maths.py").write_text("# changed\n")
    assert len({before, copied, source_hash()}) == 3


# Files.


def double(values):
    values *= 2


def compile_once():
    """Compile a small function, or load it; returns whether it was loaded."""
    function, values = entry(double), np.ones(3)
    function(values)
    assert values.tolist() == [2, 2, 2]
    return sum(function.stats.cache_hits.values()) == 1


def find_file(ending):
    (path,) = find_folder().folder.glob(f"*{ending}")
    return path


class Planted:
    """Executes something when it is unpickled."""

    def __reduce__(self):
        return Path.touch, (find_folder().folder / "executed",)


DAMAGES = {
    "empty": lambda content: b"",
    "truncated": lambda content: content[: len(content) // 2],
    "short": lambda content: content[:5],
    "changed": lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
    "planted": lambda content: pickle.dumps(Planted()),
    "nothing pickled": lambda content: hashlib.sha256(b"none").digest() + b"none",
}


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_removed_and_the_function_compiled_anew(caplog, ending, damage):
    assert [compile_once(), compile_once()] == [False, True]
    path = find_file(ending)
    path.write_bytes(damage(path.read_bytes()))
    assert [compile_once(), compile_once()] == [False, True]
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"{path} is damaged (")
    assert line.endswith(") and is removed; the kernels are compiled anew")
    assert not (find_folder().folder / "executed").exists()


def test_a_file_of_another_user_is_not_executed(caplog, monkeypatch):
    compile_once()
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert not compile_once()
    assert "it is not a file of this user" in caplog.text


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_what_is_no_file_keeps_nothing_from_running(caplog, make):
    compile_once()
    path = find_file(".nbi")
    path.unlink()
    make(path)
    assert not compile_once()
    assert f"{path} is damaged" in caplog.text


def test_a_link_to_a_file_is_not_followed(caplog, tmp_path):
    compile_once()
    path = find_file(".nbi")
    path.rename(tmp_path / "index")
    path.symlink_to(tmp_path / "index")
    assert not compile_once()
    assert f"{path} is damaged" in caplog.text


def test_a_full_disk_costs_the_cache_and_not_the_run(caplog, monkeypatch):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache._Files, "_open_for_write", fail)
    assert [compile_once(), compile_once()] == [False, False]
    folder = find_folder().folder
    assert f"{folder} cannot be written, and the kernels are not kept: No space left on device" in caplog.text


def test_without_a_cache_a_compilation_says_why(caplog, monkeypatch, tmp_path):
    from seqmem.engines.fused.program import Program, _Compilation, run

    monkeypatch.setattr("seqmem.engines.fused.program.find_folder", lambda: cache.Storage(None, "all is full"))
    caplog.set_level(logging.INFO)
    listener = _Compilation(Program("dot"))
    event = type("Event", (), {"data": {"dispatcher": run}})
    listener.on_start(event)
    listener.on_end(event)
    assert caplog.messages == ["compiling the training program with dot attention, for this process alone: all is full"]
