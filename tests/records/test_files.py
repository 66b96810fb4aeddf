"""Files that are written whole or not at all, set aside, and cleared away."""

import contextlib
import errno
import os
import signal
import subprocess
import sys

import pytest

from seqmem import records
from seqmem.records import RecordError, clear_leftovers, set_aside, write_whole
from seqmem.records.files import LARGEST, read_whole
from tests.records.test_records import READERS

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


READ = [*READERS, (records.TESTS, records.read_tests), (records.STATE, records.read_steps)]


def refused(read, folder):
    with pytest.raises(RecordError) as error:
        read(folder)
    return str(error.value)


@pytest.fixture
def never_opened(monkeypatch):
    """Opening anything is an error."""

    def fail(path, *_, **__):
        raise AssertionError(f"{path} was opened")

    monkeypatch.setattr(os, "open", fail)
    monkeypatch.setattr("safetensors.safe_open", fail)


@pytest.mark.parametrize(("name", "read"), READ)
def test_a_pipe_is_refused_before_it_is_opened(tmp_path, never_opened, name, read):
    os.mkfifo(tmp_path / name)
    assert refused(read, tmp_path) == f"{tmp_path / name} is damaged: it is a pipe, not a file"


@pytest.mark.parametrize(("name", "read"), READ)
def test_a_link_to_a_device_is_refused_before_it_is_opened(tmp_path, never_opened, name, read):
    (tmp_path / name).symlink_to("/dev/zero")
    assert refused(read, tmp_path) == f"{tmp_path / name} is damaged: it is a device, not a file"


@pytest.mark.parametrize(("name", "read"), READ)
def test_a_huge_file_without_content_is_refused_before_it_is_opened(tmp_path, never_opened, name, read):
    with (tmp_path / name).open("wb") as file:
        file.truncate(2**40)
    assert "it has 1,099,511,627,776 bytes, more than " in refused(read, tmp_path)


def test_a_link_to_a_file_is_read(tmp_path):
    (tmp_path / "there").write_bytes(b"content")
    (tmp_path / "here").symlink_to(tmp_path / "there")
    assert read_whole(tmp_path / "here") == b"content"


def test_a_link_to_itself_is_named(tmp_path):
    (tmp_path / "x").symlink_to(tmp_path / "x")
    assert "x is damaged: " in refused(lambda folder: read_whole(folder / "x"), tmp_path)


def test_what_becomes_a_pipe_when_it_was_looked_at_keeps_nobody_waiting(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "x")
    monkeypatch.setattr("seqmem.records.files.check_file", lambda path, most=LARGEST: 0)
    assert read_whole(tmp_path / "x") == b""


def test_a_file_without_a_size_and_an_end_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("seqmem.records.files.check_file", lambda path, most=LARGEST: 0)
    (tmp_path / "x").symlink_to("/dev/zero")
    assert "x is damaged: it never ends" in refused(lambda folder: read_whole(folder / "x"), tmp_path)


def test_a_message_on_a_damaged_file_is_one_line_that_does_nothing_to_a_terminal(tmp_path):
    folder = tmp_path / "a\x1b[31m\nb\u202e"
    folder.mkdir()
    (folder / records.RESULT).write_text("{")
    message = refused(records.read_result, folder)
    assert message.isprintable()
    assert "a\\x1b[31m\\nb\\u202e/result.json is damaged" in message


@pytest.mark.parametrize("before", [None, b"old"])
def test_a_note_is_written_where_there_is_none_or_another(tmp_path, before):
    if before:
        (tmp_path / "x").write_bytes(before)
    records.write_note(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"new"


def test_a_note_that_is_there_is_not_written_again(tmp_path, monkeypatch):
    records.write_note(tmp_path / "x", b"new")
    monkeypatch.setattr("seqmem.records.files.write_whole", lambda *_: pytest.fail("it was written"))
    records.write_note(tmp_path / "x", b"new")


@pytest.mark.parametrize(("number", "told"), [(errno.EROFS, False), (errno.EACCES, False), (errno.ENOSPC, True)])
def test_a_note_is_left_out_where_nothing_can_be_written(tmp_path, monkeypatch, number, told):
    def fail(*_, **__):
        raise OSError(number, "no")

    monkeypatch.setattr("tempfile.mkstemp", fail)
    with pytest.raises(OSError, match="no") if told else contextlib.nullcontext():
        records.write_note(tmp_path / "x", b"new")
