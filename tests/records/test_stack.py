"""The note on the stack that a job's trials are in."""

import os

import pytest

from seqmem import records


def test_the_note_is_read_back_until_it_is_forgotten(tmp_path):
    assert records.read_stack(tmp_path) is None
    records.write_stack(tmp_path, 1.5e9)
    assert records.read_stack(tmp_path) == 1_500_000_000
    records.forget_stack(tmp_path)
    records.forget_stack(tmp_path)
    assert records.read_stack(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"much", b"nan", b"0", b"\xff", b"1" * 5000])
def test_a_note_that_says_nothing_is_none(tmp_path, content):
    (tmp_path / "stack").write_bytes(content)
    assert records.read_stack(tmp_path) is None


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_what_is_no_file_is_no_note(tmp_path, make):
    make(tmp_path / "stack")
    assert records.read_stack(tmp_path) is None
