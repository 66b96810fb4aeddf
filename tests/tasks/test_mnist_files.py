"""Fetched from a server on this machine."""

import gzip
import re
from pathlib import Path

import numpy as np
import pytest

from seqmem.tasks import mnist_files
from seqmem.tasks.mnist_files import default_folder, fetch_missing, read_part
from tests.tasks.mnist import IMAGES, LABELS, TEST_IMAGES, checksums, idx, serve, small_files, write_files


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The small files are those that the checksums are of; no proxy stands before this machine."""
    monkeypatch.setattr(mnist_files, "CHECKSUMS", checksums())
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server(tmp_path):
    """A folder that is served, and its address."""
    folder = tmp_path / "served"
    folder.mkdir()
    with serve(folder) as address:
        yield folder, address


def fetch_refused(folder: Path, url: str) -> str:
    with pytest.raises(ValueError, match=r"^(url|folder) must") as error:
        fetch_missing(folder, url)
    assert "\n" not in str(error.value)
    return str(error.value)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("end", ["", "/"])
def test_files_are_fetched_whether_the_server_has_them_gzipped_or_plain(server, tmp_path, zipped, end):
    write_files(server[0], zipped)
    fetch_missing(tmp_path / "new" / "folder", server[1] + end)
    assert contents(tmp_path / "new" / "folder") == small_files()


def test_files_that_are_there_are_not_fetched_again(server, tmp_path):
    write_files(server[0])
    (tmp_path / f"{IMAGES}.gz").write_bytes(b"mine")
    fetch_missing(tmp_path, server[1])
    assert (tmp_path / f"{IMAGES}.gz").read_bytes() == b"mine"
    assert not (tmp_path / IMAGES).exists()
    assert (tmp_path / LABELS).exists()


def test_nothing_is_asked_of_a_server_where_nothing_is_missing(tmp_path):
    fetch_missing(write_files(tmp_path / "mine"), "http://127.0.0.1:1")


def test_a_file_of_another_checksum_is_refused_and_not_kept(server, tmp_path):
    write_files(server[0], **{IMAGES: small_files(seed=1)[IMAGES]})
    message = fetch_refused(tmp_path / "mine", server[1])
    assert message.startswith(f"url must lead to MNIST's files, but {server[1]}/{IMAGES} has SHA-256 ")
    assert message.endswith(f", not {checksums()[IMAGES]}")
    assert not (tmp_path / "mine").exists()


def test_a_file_that_the_server_has_not_is_named(server, tmp_path):
    write_files(server[0])
    (server[0] / TEST_IMAGES).unlink()
    message = fetch_refused(tmp_path / "mine", server[1])
    assert message == f"url must lead to MNIST's files, but there is no {server[1]}/{TEST_IMAGES} (or .gz)"
    assert set(contents(tmp_path / "mine")) == {IMAGES, LABELS}


@pytest.mark.parametrize("zipped", [False, True])
def test_a_download_that_is_cut_off_is_refused_and_not_kept(server, tmp_path, zipped):
    write_files(server[0], zipped)
    (server[0] / "cut-off").touch()
    end = ".gz" if zipped else ""
    message = fetch_refused(tmp_path / "mine", server[1])
    assert message.startswith(f"url must lead to MNIST's files, but {server[1]}/{IMAGES}{end} cannot be fetched: ")
    assert not (tmp_path / "mine").exists()


def test_a_download_that_is_too_large_is_refused(server, tmp_path, monkeypatch):
    monkeypatch.setattr(mnist_files, "MOST_BYTES", 1000)
    write_files(server[0])
    assert fetch_refused(tmp_path / "mine", server[1]).endswith(" cannot be fetched: more than 1,000 bytes")
    assert not (tmp_path / "mine").exists()


def test_a_download_that_decompresses_without_end_is_refused(server, tmp_path, monkeypatch):
    monkeypatch.setattr(mnist_files, "MOST_BYTES", 10**5)
    write_files(server[0], zipped=True, **{IMAGES: bytes(10**7)})
    assert fetch_refused(tmp_path / "mine", server[1]).endswith(
        "must have at most 100,000 bytes, decompressed, got more"
    )


def test_a_download_that_takes_too_long_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(mnist_files, "MOST_S", -1.0)
    write_files(server[0])
    assert fetch_refused(tmp_path / "mine", server[1]).endswith(" cannot be fetched: it took longer than -1 s")


def test_gzip_that_the_server_has_damaged_is_refused(server, tmp_path):
    write_files(server[0], zipped=True)
    (server[0] / f"{IMAGES}.gz").write_bytes(gzip.compress(small_files()[IMAGES])[:500])
    message = fetch_refused(tmp_path / "mine", server[1])
    assert message == f"url must lead to MNIST's files, but {server[1]}/{IMAGES}.gz is cut off or not gzip"


def test_a_server_that_is_not_there_is_named(tmp_path):
    message = fetch_refused(tmp_path, "http://127.0.0.1:1")
    assert message.startswith(f"url must lead to MNIST's files, but http://127.0.0.1:1/{IMAGES}.gz cannot be fetched: ")
    assert "refused" in message


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1", "file:///etc", "mnist"])
def test_an_address_of_another_kind_is_refused(tmp_path, url):
    assert fetch_refused(tmp_path, url) == f"url must begin with http:// or https://, got {url}/{IMAGES}.gz"


def test_a_folder_that_cannot_be_written_is_named(server, tmp_path):
    write_files(server[0])
    (tmp_path / "file").touch()
    message = fetch_refused(tmp_path / "file" / "mine", server[1])
    assert message.startswith(f"folder must be one that can be written, got {tmp_path}/file/mine: ")


def test_a_write_that_fails_leaves_nothing(server, tmp_path, monkeypatch):
    write_files(server[0])

    def fail(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    assert fetch_refused(tmp_path / "mine", server[1]).endswith(": No space left on device")
    assert contents(tmp_path / "mine") == {}


def test_the_default_folder_is_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "seqmem" / "mnist"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".cache" / "seqmem" / "mnist"


def read_refused(folder: Path) -> str:
    with pytest.raises(ValueError, match=r"^folder must") as error:
        read_part(folder, "train")
    return str(error.value)


def test_a_missing_file_is_named_with_what_can_be_done(tmp_path):
    assert read_refused(tmp_path) == (
        f"folder must hold MNIST's files, but {tmp_path} has no {IMAGES} (or {IMAGES}.gz); put them there, or let "
        f"task.download=true fetch them"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({IMAGES: small_files()[IMAGES][:-1]}, "must have 31376 bytes, as its header says, got 31375"),
        ({IMAGES: small_files()[LABELS]}, "must begin with 0x00000803, as 3-axis IDX files do, got 0x00000801"),
        ({LABELS: small_files()[IMAGES]}, "must begin with 0x00000801, as 1-axis IDX files do, got 0x00000803"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, change, message):
    folder = write_files(tmp_path / "mine", **change)
    (name,) = change
    assert read_refused(folder) == f"folder must hold MNIST's files, but {folder / name} {message}"


def test_labels_must_be_as_many_as_the_images(tmp_path):
    folder = write_files(tmp_path / "mine", **{LABELS: idx(np.arange(7))})
    assert read_refused(folder) == "folder must have a label for each image, got 40 images and 7 labels"


def test_a_label_that_is_no_digit_is_refused(tmp_path):
    folder = write_files(tmp_path / "mine", **{LABELS: idx(np.arange(40) % 10 + 5)})
    assert re.match(r"folder must have labels from 0 to 9, got 14 in train-labels-idx1-ubyte$", read_refused(folder))
