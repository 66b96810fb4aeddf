import re
from pathlib import Path

import numpy as np
import pytest

import seqmem
from seqmem.cells import RNN
from seqmem.config.build import ConfigError
from seqmem.tasks import RowMNIST, mnist_files
from tests.config.composing import make_setting
from tests.tasks.mnist import IMAGES, SIZES, TEST_IMAGES, TEST_LABELS, checksums, idx, serve, small_files, write_files

SMALL = ("task=row_mnist", "test_sequences=12", "max_sequences=80", "batch_size=20", "evaluate_every=40", "trials=2")


@pytest.fixture
def folder(tmp_path) -> Path:
    return write_files(tmp_path / "mnist")


def test_the_oracle_that_knows_the_images_gets_zero_wrong(folder):
    task = RowMNIST(str(folder))
    for part, found in (("train", task.training_set), ("t10k", task.test_set)):
        images = np.frombuffer(small_files()[f"{part}-images-idx3-ubyte"], np.uint8, offset=16).reshape(-1, 28, 28)
        np.testing.assert_array_equal(np.rint(found.inputs * 255), images)
        np.testing.assert_array_equal(found.targets, np.arange(SIZES[part]) % 10)


def test_gzipped_files_give_the_same_task(folder, tmp_path):
    plain, zipped = RowMNIST(str(folder)), RowMNIST(str(write_files(tmp_path / "zipped", zipped=True)))
    np.testing.assert_array_equal(plain.training_set.inputs, zipped.training_set.inputs)
    assert plain.digest == zipped.digest == mnist_files.compute_digest(checksums().values())


def test_pixels_lie_between_zero_and_one(folder):
    pixels = RowMNIST(str(folder)).training_set.inputs
    assert (pixels.dtype, pixels.min(), pixels.max()) == (np.float32, 0, 1)


def test_tasks_of_one_folder_share_their_images(folder):
    assert RowMNIST(str(folder)).training_set is RowMNIST(str(folder)).training_set


def test_test_images_of_another_size_are_refused(tmp_path):
    small = {TEST_IMAGES: idx(np.zeros((3, 8, 8))), TEST_LABELS: idx(np.zeros(3))}
    with pytest.raises(ValueError, match=r"^folder must have test images as large as those to train on, got \(8, 8\)"):
        RowMNIST(str(write_files(tmp_path / "mnist", **small)))


def test_what_is_missing_is_fetched_if_asked_for(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(mnist_files, "CHECKSUMS", checksums())
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serve(folder) as address:
        fetched = RowMNIST(str(tmp_path / "fetched"), download=True, url=address)
    np.testing.assert_array_equal(fetched.training_set.inputs, RowMNIST(str(folder)).training_set.inputs)


def test_without_its_files_a_job_is_refused_by_the_key_that_names_their_folder(tmp_path):
    message = rf"^task.folder must hold MNIST's files, but {tmp_path} has no {IMAGES} .*task.download=true fetch them$"
    with pytest.raises(ConfigError, match=message):
        make_setting("task=row_mnist", f"task.folder={tmp_path}")


def test_the_option_trains_on_all_images_of_the_default_folder(tmp_path, monkeypatch):
    (tmp_path / "seqmem").mkdir()
    write_files(tmp_path / "seqmem" / "mnist")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    job = make_setting("task=row_mnist", "test_sequences=12", "batch_size=20").job
    assert (type(job.task), job.epoch) == (RowMNIST, 40)


@pytest.mark.parametrize("given", ["~nobody-here/mnist", None])
def test_a_folder_of_a_home_that_is_not_there_is_refused(given, monkeypatch):
    def fail(_path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", fail)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    message = f"folder must be one that can be found, got {given or 'null'}: Could not determine home directory."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        RowMNIST(given)


def test_a_bad_address_is_refused_by_the_key_that_names_it(tmp_path):
    with pytest.raises(ConfigError, match=r"^task.url must begin with http:// or https://, got mnist/"):
        make_setting("task=row_mnist", f"task.folder={tmp_path}", "task.download=true", "task.url=mnist")


def test_where_the_files_lie_is_not_in_the_fingerprint_but_what_they_hold(folder, tmp_path):
    zipped = write_files(tmp_path / "zipped", zipped=True)
    other = write_files(tmp_path / "other", **{TEST_IMAGES: small_files(seed=1)[TEST_IMAGES]})
    paths = (folder, zipped, other)
    first, second, third = (make_setting(*SMALL, f"task.folder={path}").fingerprint for path in paths)
    assert first == second != third
    assert make_setting(*SMALL, f"task.folder={folder}", "task.url=http://mirror").fingerprint == first


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_a_network_is_trained_and_tested_on_all_images(folder, engine):
    network = seqmem.Network(RowMNIST(str(folder)), RNN(), (4,))
    job = seqmem.Job(network, batch_size=20, max_sequences=80, evaluate_every=40, test_sequences=12, trials=2)
    (outcomes,) = seqmem.run([job], engine=engine)
    assert [(o.result.sequences, o.result.test_sequences) for o in outcomes] == [(80, 12)] * 2
    assert outcomes[0].samples[0].input.count("\n") == 6
