"""A cell or a task of the user's own that is edited between two sweeps."""

from pathlib import Path

import pytest

from seqmem import records
from seqmem.records.sources import describe_source
from seqmem.reproduce.__main__ import main as reproduce
from tests.command import call, elsewhere  # noqa: F401
from tests.config.composing import TINY
from tests.own import write_module  # noqa: F401

CELL = "from seqmem.cells import RNN\nclass Mine(RNN):\n    '''{}'''\n"
TASK = "from seqmem.tasks import Recall\nclass Mine(Recall):\n    '''{}'''\n"

pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture
def edit(write_module):  # noqa: F811
    """Writes a class, and returns what chooses it and what it is made from."""

    def write(text: str, kind: str = "model") -> tuple[list[str], str]:
        name, source = {"model": ("cell_e", CELL), "task": ("task_e", TASK)}[kind]
        own = write_module(name, source.format(text)).Mine
        return [f"{kind}._target_={name}.Mine", *TINY], describe_source(own)

    return write


def jobs() -> list[Path]:
    return list(records.find_jobs(Path("multirun")))


@pytest.mark.parametrize(("kind", "mode"), [("model", ["-m"]), ("task", [])])
def test_trials_of_two_versions_are_never_mixed(edit, kind, mode):
    command, _ = edit("one", kind)
    assert call(*mode, *command).code == 0
    (before,) = jobs()
    kept = {path.name: path.read_bytes() for path in before.iterdir() if path.is_file()}
    command, _ = edit("another", kind)
    assert call(*mode, *command, "trials=4").code == 0
    (after,) = set(jobs()) - {before}
    assert len(records.read_trials(after)) == 4
    assert {path.name: path.read_bytes() for path in before.iterdir() if path.is_file()} == kept


def test_a_source_that_is_as_it_was_goes_on(edit):
    command, _ = edit("one")
    call(*command)
    edit("another")
    command, _ = edit("one")
    assert call(*command, "trials=3").err.startswith("1 job, 1 to continue, 1 trial to train, ")
    assert len(jobs()) == 1


def test_the_sweep_and_the_dry_run_say_what_has_changed(edit):
    command, then = edit("one")
    call("-m", *command, "hidden=2,3")
    command, now = edit("another")
    line = (
        f"multirun/recall holds 2 jobs that were trained with another source ({then} then, {now} now); they are "
        "kept, and new folders are trained"
    )
    assert line in call("-m", *command, "hidden=2,3", "dry_run=true").out.splitlines()
    assert line in call("-m", *command, "hidden=2,3").err.splitlines()
    assert "another source" not in call("-m", *command, "hidden=2,3").err  # nothing is trained anew


def test_a_folder_of_another_version_is_refused_with_what_has_changed(edit):
    command, then = edit("one")
    call(*command, "hydra.run.dir=mine")
    command, now = edit("another")
    finished = call(*command, "hydra.run.dir=mine")
    assert finished.code == 2
    assert f"_source={then} there, {now} here" in finished.err


def test_a_job_that_is_run_again_says_that_its_source_has_changed(edit, capsys):
    command, then = edit("one")
    call(*command)
    _, now = edit("another")
    (job,) = jobs()
    (job / "curves.csv").write_text((job / "curves.csv").read_text().replace("0,64", "0,65").replace("0,128", "0,129"))
    assert reproduce([str(job), "--trust"]) == 1
    assert f"_source: {then} then, {now} now" in capsys.readouterr().out


def test_a_job_of_an_own_class_is_run_again_from_its_folder(edit):
    command, _ = edit("one")
    call(*command)
    (job,) = jobs()
    assert reproduce([str(job), "--trust"]) == 0


@pytest.mark.parametrize("key", ["task_source", "model_source"])
def test_no_command_line_says_what_a_class_is_made_from(key):
    finished = call(f"+{key}=x", *TINY)
    assert finished.code == 2
    assert finished.err.startswith(f"seqmem: {key} is not a key")


def test_a_job_of_seqmems_own_classes_names_no_source():
    call(*TINY)
    (job,) = jobs()
    assert not {"task_source", "model_source"} & set(records.read_result(job).config)
