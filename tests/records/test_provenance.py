"""What a result says of where it comes from."""

import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version

import pytest

from seqmem.engines.choose import Choice
from seqmem.engines.fused.engine import FusedEngine
from seqmem.engines.reference.engine import ReferenceEngine
from seqmem.records import provenance, read_result
from seqmem.records.provenance import describe_origin, read_command, read_revision, read_versions
from seqmem.tasks import Recall
from tests.command import call, elsewhere  # noqa: F401
from tests.config.composing import TINY
from tests.own import write_module  # noqa: F401

FUSED, REFERENCE = Choice(FusedEngine(), "asked for"), Choice(ReferenceEngine(), "asked for")


@pytest.fixture
def repository(tmp_path):
    """A git repository with one commit of one file."""
    (tmp_path / "file").write_text("one")
    author = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "file"], [*author, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


@pytest.fixture(autouse=True)
def nothing_kept():
    read_revision.cache_clear()


def test_a_revision_is_that_of_the_repository_around_a_folder(repository):
    (repository / "deep").mkdir()
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository, check=True, capture_output=True, text=True)
    assert read_revision(repository / "deep") == head.stdout.strip()


def test_changed_files_make_a_revision_dirty(repository):
    (repository / "file").write_text("two")
    assert read_revision(repository).endswith("-dirty")


def test_a_folder_outside_of_all_repositories_has_no_revision(tmp_path):
    assert read_revision(tmp_path) is None


def test_a_machine_without_git_has_no_revisions(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert read_revision(repository) is None


def test_git_is_not_waited_for_long(repository, monkeypatch):
    monkeypatch.setattr(provenance, "PATIENCE_S", 0)
    assert read_revision(repository) is None


def test_versions_are_those_of_what_computes():
    assert read_versions()["python"] == sys.version.split()[0]
    assert read_versions()["numba"] == version("numba")
    assert set(read_versions()) == {"python", "seqmem", "torch", "numpy", "numba", "llvmlite"}


def test_an_origin_tells_processor_vectors_and_time():
    origin = describe_origin(FUSED)
    assert origin["processor"]
    assert origin["vectors"] in ("256 bits", "512 bits")
    age = datetime.now(UTC) - datetime.fromisoformat(origin["written"])
    assert 0 <= age.total_seconds() < 60
    assert describe_origin(REFERENCE)["vectors"].isupper()


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["{root}/seqmem/train.py", "-m", "hidden=2,5"], "python -m seqmem.train -m hidden=2,5"),
        (["{root}/seqmem/reproduce/__main__.py", "a b"], "python -m seqmem.reproduce 'a b'"),
        (["/usr/bin/seqmem-train", "init.input={normal: 1}"], "seqmem-train 'init.input={normal: 1}'"),
        (["/home/me/study.py"], "study.py"),
        ([""], "''"),
    ],
)
def test_a_command_line_can_be_typed_again(arguments, command, monkeypatch):
    monkeypatch.setattr(sys, "argv", [argument.replace("{root}", str(provenance.CHECKOUT)) for argument in arguments])
    assert read_command() == command


def test_the_revision_is_that_of_the_users_classes_and_not_of_the_folder(repository, write_module, monkeypatch):  # noqa: F811
    own = write_module("own_cell", "class Own: pass\n").Own  # below the repository
    monkeypatch.chdir(repository)
    assert "revision" not in describe_origin(FUSED, [Recall])
    assert describe_origin(FUSED, [Recall, own])["revision"] == read_revision(repository)


def test_a_result_carries_its_origin(elsewhere):  # noqa: F811
    assert call(*TINY, "hidden=2").code == 0
    (path,) = elsewhere.glob("multirun/recall/*/")
    result = read_result(path)
    assert result.versions == read_versions()
    assert {"processor", "vectors", "system", "command", "written"} <= set(result.origin)
    assert result.origin["command"].endswith("hidden=2")
