"""Jobs whose files are packed into one: read as before, killed at any moment, damaged, and unpacked."""

from __future__ import annotations

import contextlib
import io
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seqmem import records
from seqmem.records import PACKED, RecordError, packing
from seqmem.records.clearing import READERS
from tests.records.test_records import OUTCOMES, RESULT, TESTS, folder  # noqa: F401

NOTES = [".hydra/config.yaml", ".hydra/hydra.yaml", ".hydra/overrides.yaml"]


@pytest.fixture
def done(folder: Path) -> Path:  # noqa: F811
    """A job that is done, with Hydra's files and a log."""
    for name in ["train.log", *NOTES]:
        records.write_whole(folder / name, f"{name}\n".encode())
    return folder


def read_all(folder: Path) -> dict[str, object]:  # noqa: F811
    """All that readers say of a job."""
    tables = [records.read_trials, records.read_curves, records.read_samples, records.read_trace, records.read_tests]
    weights = {name: value.tolist() for name, value in records.read_weights(folder, 0).items()}
    return {"weights": weights} | {read.__name__: repr(read(folder)) for read in tables}


def read_bytes(folder: Path) -> dict[str, bytes]:  # noqa: F811
    """A folder's files by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_packed_job_reads_as_before_and_has_two_files(done):
    before = read_all(done)
    records.pack(done)
    assert sorted(path.name for path in done.iterdir()) == [PACKED, records.RESULT]
    assert read_all(done) == before
    assert all(records.exists(done / name) == (name not in (records.TESTS, records.STATE)) for name in READERS)


def test_an_unpacked_job_has_the_files_that_were_packed(done):
    before = read_bytes(done)
    records.pack(done)
    with zipfile.ZipFile(done / PACKED) as archive:  # as any program reads it
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: content for name, content in before.items() if name != records.RESULT
        }
    records.unpack(done)
    assert read_bytes(done) == before


def test_the_same_files_make_the_same_pack(done, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "job"
    shutil.copytree(done, other)
    records.pack(done)
    records.pack(other)
    assert read_bytes(done) == read_bytes(other)


def test_what_others_have_put_into_a_folder_stays_where_it_is(done):
    for name in ("notes.txt", ".hydra/mine.yaml", "curves.csv.damaged"):
        (done / name).write_text("mine")
    (done / "train.log").unlink()
    (done / "train.log").symlink_to("notes.txt")
    records.pack(done)
    left = sorted(read_bytes(done))
    assert left == [".hydra/mine.yaml", "curves.csv.damaged", PACKED, "notes.txt", records.RESULT, "train.log"]


def test_files_that_are_too_large_are_not_packed(done, monkeypatch):
    before = read_bytes(done)
    monkeypatch.setattr(packing, "MOST_BYTES", 100)
    records.pack(done)
    assert read_bytes(done) == before


class KilledError(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("change", [records.pack, records.unpack])
@pytest.mark.parametrize("steps", range(12))
def test_a_process_that_is_killed_at_any_step_loses_nothing(done, monkeypatch, change, steps):
    before, files = read_all(done), read_bytes(done)
    if change is records.unpack:
        records.pack(done)
    left = iter(range(steps))

    def step(function):
        def counted(*arguments, **options):
            if next(left, None) is None:
                raise KilledError
            return function(*arguments, **options)

        return counted

    with monkeypatch.context() as faulty:
        faulty.setattr(packing, "write_whole", step(packing.write_whole))
        faulty.setattr(Path, "unlink", step(Path.unlink))
        with contextlib.suppress(KilledError):
            change(done)
    assert read_all(done) == before
    change(done)
    assert read_all(done) == before
    records.unpack(done)
    assert read_bytes(done) == files


def test_a_job_that_is_packed_while_it_is_read_is_read_all_the_same(done, monkeypatch):
    before, whole = read_all(done), records.packed.open_file

    def open_later(path, *most):
        if path.exists() and not records.is_packed(path.parent):
            monkeypatch.setattr(records.packed, "open_file", whole)
            records.pack(path.parent)
        return whole(path, *most)

    monkeypatch.setattr(records.packed, "open_file", open_later)
    assert records.read_curves(done)
    assert read_all(done) == before


def list_damage() -> dict[str, bytes]:
    """Packs that no reader may take for one, by what is wrong with them."""
    bomb, strange = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("curves.csv", bytes(2**20))
    with zipfile.ZipFile(strange, "w") as archive:
        for number in range(2_000):
            archive.writestr(f"{number}/{'x' * 20}", b"")
    declared = bomb.getvalue().replace((2**20).to_bytes(4, "little"), (2**31).to_bytes(4, "little"))
    return {"empty": b"", "text": b"x" * 1000, "bomb": declared, "long list": strange.getvalue()}


@pytest.mark.parametrize("kind", [*list_damage(), "cut off", "another byte"])
def test_a_damaged_pack_is_named_and_stays(done, kind):
    records.pack(done)
    content = (done / PACKED).read_bytes()
    offset = content.index(b"curves.csv") + 40
    damaged = {"cut off": content[:-30], "another byte": content[:offset] + b"\xff\0" + content[offset + 2 :]}
    (done / PACKED).write_bytes((list_damage() | damaged)[kind])
    for read in (records.read_curves, records.unpack):
        with pytest.raises(RecordError, match=rf"^{done}/{PACKED} is damaged: [^\n]+$"):
            read(done)
    assert records.exists(done / records.CURVES)
    assert sorted(path.name for path in done.iterdir()) == [PACKED, records.RESULT]


def test_a_pack_with_a_file_that_is_none_of_a_job_is_not_unpacked(done):
    records.pack(done)
    with zipfile.ZipFile(done / PACKED, "a") as archive:
        archive.writestr("../evil", b"")
    with pytest.raises(RecordError, match=r"'\.\./evil' is no file of a job"):
        records.unpack(done)
    assert not (done.parent / "evil").exists()


def test_weights_of_a_packed_job_read_back_as_they_were(done):
    before = records.read_weights(done, 0)
    records.pack(done)
    after = records.read_weights(done, 0)
    assert all(np.array_equal(after[name], value) for name, value in before.items())
    with pytest.raises(RecordError, match="holds no trial 5"):
        records.read_weights(done, 5)


def test_further_tests_are_packed_with_the_rest(tmp_path):
    records.write_outcomes(tmp_path, [replace(OUTCOMES[0], tests=TESTS), *OUTCOMES[1:]])
    records.write_result(tmp_path, RESULT)
    before = records.read_tests(tmp_path)
    records.pack(tmp_path)
    assert records.read_tests(tmp_path) == before
    assert len(before) == len(TESTS)
