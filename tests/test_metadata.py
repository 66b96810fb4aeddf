"""What the package says of itself: its version, its scripts, whom to cite, where it runs."""

import importlib
import re
import subprocess
import sys
import tomllib
from importlib.metadata import metadata, version
from pathlib import Path
from unittest import mock

import pytest
import yaml

import multirun_analysis.__main__
import seqmem
import seqmem.__main__
import seqmem.reproduce.__main__
from tests.command import call

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]


def says_version(main, *arguments: str) -> None:
    """Call a command with `--version`."""
    with mock.patch.object(sys, "argv", ["command", *arguments, "--version"]), pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code


def test_the_version_is_the_installed_packages():
    assert seqmem.__version__ == version("seqmem")
    assert re.fullmatch(r"\d+\.\d+\.\d+", seqmem.__version__)


def test_training_says_seqmems_version_not_hydras():
    finished = call("--version")
    assert (finished.code, finished.out, finished.err) == (0, f"seqmem {seqmem.__version__}\n", "")


@pytest.mark.parametrize(
    ("main", "arguments"),
    [
        (seqmem.__main__.main, []),
        (seqmem.reproduce.__main__.main, []),
        (multirun_analysis.__main__.main, []),
        (multirun_analysis.__main__.main, ["compare"]),
    ],
)
def test_every_other_command_says_it_as_well(main, arguments, capsys):
    says_version(main, *arguments)
    assert capsys.readouterr().out == f"seqmem {seqmem.__version__}\n"


@pytest.mark.parametrize("script", PROJECT["scripts"])
def test_every_script_names_a_function(script):
    module, _, name = PROJECT["scripts"][script].partition(":")
    assert callable(getattr(importlib.import_module(module), name))


def test_there_is_a_script_for_each_command():
    assert set(PROJECT["scripts"]) == {"seqmem", "seqmem-train", "seqmem-analysis", "seqmem-reproduce"}


def test_seqmem_alone_trains_the_first_sweep_and_prints_its_table():
    with mock.patch.object(subprocess, "run", return_value=mock.Mock(returncode=0)) as run:
        assert seqmem.__main__.main([]) == 0
    assert [call.args[0][:3] for call in run.call_args_list] == [
        [sys.executable, "-m", "seqmem.train"],
        [sys.executable, "-m", "multirun_analysis"],
    ]


def test_seqmem_alone_prints_no_table_of_a_sweep_that_failed():
    with mock.patch.object(subprocess, "run", return_value=mock.Mock(returncode=130)) as run:
        assert seqmem.__main__.main([]) == 130
    assert run.call_count == 1


@pytest.mark.parametrize("page", ["README.md", "Makefile"])
def test_its_two_commands_are_those_of_the_readme_and_of_make_sweep(page):
    text = (ROOT / page).read_text()
    for command in seqmem.__main__.COMMANDS:
        assert f"python -m {' '.join(command)}" in text


def test_what_is_typed_says_so():
    assert "Typing :: Typed" in PROJECT["classifiers"]
    for package in (seqmem, multirun_analysis):
        assert (Path(package.__file__).parent / "py.typed").exists()


def test_the_citation_is_of_this_version_and_licence():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert citation["authors"] == PROJECT["authors"]
    assert {"message", "title", "type", "abstract"} <= citation.keys()


def test_the_oldest_python_is_the_same_everywhere():
    oldest = PROJECT["requires-python"].removeprefix(">=")
    named = [name.rpartition(" ")[2] for name in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", name)]
    assert named[0] == oldest
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"
    assert f"Python {oldest} to {named[-1]}" in (ROOT / "README.md").read_text()


def test_the_installed_package_was_made_from_these_sources():
    assert metadata("seqmem")["Requires-Python"] == PROJECT["requires-python"]
    assert version("seqmem") == PROJECT["version"]
