import gzip
import re
import tracemalloc

import numpy as np
import pytest

from seqmem.tasks.idx import find_idx, parse_idx, read_idx, unzip
from tests.tasks.mnist import idx

ARRAY = np.arange(24).reshape(2, 3, 4)
CONTENT = idx(ARRAY)


@pytest.mark.parametrize(("name", "content"), [("file", CONTENT), ("file.gz", gzip.compress(CONTENT, mtime=0))])
def test_a_file_reads_as_the_array_that_it_holds(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    found = read_idx(find_idx(tmp_path, "file"), 3)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, ARRAY)


def test_a_plain_file_comes_before_a_gzipped_one(tmp_path):
    for name in ("file.gz", "file"):
        (tmp_path / name).touch()
    assert find_idx(tmp_path, "file") == tmp_path / "file"


def test_where_there_is_no_file_none_is_found(tmp_path):
    (tmp_path / "file").mkdir()
    assert find_idx(tmp_path, "file") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "x must begin with 0x00000803, as 3-axis IDX files do, got 0x00000000"),
        (idx(ARRAY[0]), "x must begin with 0x00000803, as 3-axis IDX files do, got 0x00000802"),
        (b"<html>", "x must begin with 0x00000803, as 3-axis IDX files do, got 0x3c68746d"),
        (CONTENT[:10], "x is cut off in its header"),
        (CONTENT[:-1], "x must have 40 bytes, as its header says, got 39"),
        (CONTENT + b"0", "x must have 40 bytes, as its header says, got 41"),
        (CONTENT[:4] + b"\xff" * 12, f"x must have {16 + (2**32 - 1) ** 3} bytes, as its header says, got 16"),
    ],
)
def test_what_is_no_such_file_is_refused(content, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_idx(content, 3, "x")


@pytest.mark.parametrize(
    "content", [b"no gzip", gzip.compress(CONTENT, mtime=0)[:-9], gzip.compress(CONTENT, mtime=0)[:15] + b"\xff" * 20]
)
def test_gzip_that_cannot_be_decompressed_is_named(tmp_path, content):
    path = tmp_path / "file.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))} is cut off or not gzip$"):
        read_idx(path, 3)


def test_a_small_file_that_decompresses_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("seqmem.tasks.idx.MOST_BYTES", 10**6)
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(bytes(10**6), mtime=0) * 100)
    with pytest.raises(ValueError, match=r"file\.gz must have at most 1,000,000 bytes, decompressed, got more$"):
        read_idx(path, 3)


def test_no_more_is_decompressed_than_there_may_be():
    bomb = gzip.compress(bytes(10**7), mtime=0) * 1000
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="at most 100,000 bytes"):
            unzip(bomb, "x", most=10**5)
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [len(CONTENT), len(CONTENT) + 1])
def test_as_much_as_there_may_be_is_decompressed(size):
    assert unzip(gzip.compress(CONTENT, mtime=0), "x", most=size) == CONTENT


@pytest.mark.parametrize("name", ["file", "file.gz"])
def test_a_file_that_is_too_large_is_not_read(tmp_path, name):
    with (tmp_path / name).open("wb") as file:
        file.truncate(10**12)  # on the disk it takes nothing
    with pytest.raises(ValueError, match=r"must have at most 1,000,000,000 bytes, got 1,000,000,000,000$"):
        read_idx(tmp_path / name, 3)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ValueError, match=rf"^{re.escape(str(tmp_path))} cannot be read: Is a directory$"):
        read_idx(tmp_path, 3)
