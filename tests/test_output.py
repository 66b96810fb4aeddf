"""What is written to standard output: whole, or the exit code says why not."""

import contextlib
import io
import os
import sys

import pytest

from seqmem.output import write_output


@pytest.fixture
def standard_output(monkeypatch):
    """Puts a file in the place of standard output; in the end, what it still holds must be writable."""
    with contextlib.ExitStack() as files:

        def put(path_or_descriptor, encoding="utf-8"):
            file = io.TextIOWrapper(io.FileIO(path_or_descriptor, "w"), encoding=encoding)
            monkeypatch.setattr(sys, "stdout", files.enter_context(file))

        yield put


def test_a_text_is_written_with_a_line_end(standard_output, tmp_path):
    standard_output(str(tmp_path / "out"))
    assert write_output("one\ntwo") == 0
    assert (tmp_path / "out").read_text() == "one\ntwo\n"


def test_a_full_device_is_told_in_one_line(standard_output, capsys):
    standard_output("/dev/full")
    assert write_output("one") == 2
    assert capsys.readouterr().err == "seqmem: cannot write to standard output: No space left on device\n"


def test_a_reader_that_is_gone_is_no_reason_for_words(standard_output, capsys):
    reading, writing = os.pipe()
    os.close(reading)
    standard_output(writing)
    assert write_output("one") == 1
    assert capsys.readouterr().err == ""


def test_letters_that_the_encoding_lacks_are_escaped(standard_output, tmp_path):
    standard_output(str(tmp_path / "out"), encoding="ascii")
    assert write_output("wörd \udc80") == 0
    assert (tmp_path / "out").read_text() == "w\\xf6rd \\udc80\n"
