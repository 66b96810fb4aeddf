"""`--help` says what the options' files and the classes say; and the files agree with the classes."""

from __future__ import annotations

import inspect
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from seqmem.config.build import GROUPS, JOB_KEYS, KEYS, NETWORK_KEYS, SWEEP_KEYS, ConfigError, conf_dir
from seqmem.config.help import format_help, read_meanings
from seqmem.job.initialisation import Initialisation
from seqmem.job.job import Job
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.sweep import Policy
from tests.command import call, elsewhere  # noqa: F401

OPTIONS = [f"{path.parent.name}={path.stem}" for path in sorted(conf_dir().glob("*/*.yaml"))]
CLASSES = sorted(path for group in ("task", "model") for path in (conf_dir() / group).glob("*.yaml"))


def test_the_help_fits_a_screen():
    lines = format_help([]).splitlines()
    assert len(lines) <= 36
    assert max(map(len, lines)) <= 110


def test_the_help_names_every_task_model_optimizer_and_loss():
    words = set(format_help([]).replace(",", " ").split())
    groups = ("task", "model", "optimizer", "loss")
    assert {path.stem for group in groups for path in (conf_dir() / group).iterdir()} <= words


@pytest.mark.parametrize("group", ["recipe", "experiment", "task"])
def test_a_group_lists_its_options_with_a_line_on_each(group):
    heads = {line.split()[0]: line for line in format_help([group]).splitlines() if line and line[0] != " "}
    assert set(heads) == {path.stem for path in (conf_dir() / group).iterdir()}
    assert all(len(line.split()) > 2 for line in heads.values())


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_explained(option):
    lines = format_help([option]).splitlines()
    assert lines[0] == option
    assert len(lines) > 2


def test_an_option_tells_its_keys_and_what_else_it_sets():
    text = format_help(["task=recall"])
    assert "index: Position to recall, 0-based" in text
    assert "  task.index=1" in text
    assert "  batch_size=64" in text


@pytest.mark.parametrize("key", [key for key in KEYS if key not in GROUPS])
def test_every_key_is_explained(key):
    assert len(format_help([key]).split()) > 2


@pytest.mark.parametrize(
    ("kind", "group"), [(Optimizer, "optimizer"), (Schedule, "schedule"), (Initialisation, "init")]
)
def test_every_key_of_a_group_is_explained(kind, group):
    for field in fields(kind):
        assert len(format_help([f"{group}.{field.name}"]).split()) > 2


@pytest.mark.parametrize("path", CLASSES, ids=lambda path: path.stem)
def test_every_argument_of_a_built_in_class_is_explained(path):
    kind = class_of(path)
    if kind is not None:
        assert set(read_meanings(kind)) >= set(inspect.signature(kind).parameters)


def test_all_keys_are_listed_together():
    text = format_help(["keys"])
    assert all(f"\n{key} " in f"\n{text}" for key in KEYS if key not in GROUPS)
    assert "\noptimizer.lr " in text


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("task=recal", "task=recal is not an option; choose one of adding, binary_addition, constant_pair, "),
        ("hiden", "--help knows no hiden; did you mean hidden?; see --help"),
        ("optimizer.nope", "--help knows no optimizer.nope"),
    ],
)
def test_what_there_is_no_help_on_is_told_in_one_line(word, message, elsewhere):  # noqa: F811
    finished = call("--help", word)
    assert finished.code == 2
    assert finished.err.startswith(f"seqmem: {message}")
    assert len(finished.err.splitlines()) == 1


def test_the_help_writes_nothing(elsewhere):  # noqa: F811
    assert call("--help").code == 0
    assert list(elsewhere.iterdir()) == []


def test_options_of_ones_own_are_in_the_help_and_are_not_imported_for_it(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text("_target_: nowhere.Mine\n")
    assert "mine" in format_help([], str(tmp_path))
    assert "mine" in format_help(["model"], str(tmp_path))
    with pytest.raises(ConfigError, match="can be imported"):
        format_help(["model=mine"], str(tmp_path))


# Defaults are told once: in the classes. The files repeat them for Hydra, and must agree.


def class_of(path: Path) -> type | None:
    content = yaml.safe_load(path.read_text())
    target = (content.get("task", {}) if path.parent.name == "task" else content).get("_target_", "???")
    module, _, name = target.rpartition(".")
    return getattr(import_module(module), name) if module else None


@pytest.mark.parametrize("path", CLASSES, ids=lambda path: path.stem)
def test_the_defaults_of_a_class_are_those_of_its_option(path):
    kind, content = class_of(path), yaml.safe_load(path.read_text())
    if kind is None:
        return
    values = content["task"] if path.parent.name == "task" else content
    defaults = {name: parameter.default for name, parameter in inspect.signature(kind).parameters.items()}
    own = {key: value for key, value in values.items() if key not in ("_target_", *NETWORK_KEYS)}
    assert own.keys() == defaults.keys()
    must_be_given = [key for key, default in defaults.items() if default is inspect.Parameter.empty]
    assert [own.pop(key) for key in must_be_given] == ["???"] * len(must_be_given)
    defaults = {key: default for key, default in defaults.items() if key not in must_be_given}
    assert {key: tuple(value) if isinstance(value, list) else value for key, value in own.items()} == defaults


@pytest.mark.parametrize(
    ("kind", "keys", "group"),
    [
        (Job, [key for key in JOB_KEYS if key != "seed"], None),
        (Policy, SWEEP_KEYS, None),
        (Network, NETWORK_KEYS, "model"),
        (Initialisation, [field.name for field in fields(Initialisation)], "init"),
        (Schedule, [field.name for field in fields(Schedule)], "schedule"),
        (Optimizer, ["lr", "reset_every_epoch", "l1", "penalised"], "optimizer"),
    ],
)
def test_the_defaults_of_a_class_are_those_of_the_config(kind, keys, group):
    config = yaml.safe_load((conf_dir() / "config.yaml").read_text())
    values = config[group] if group else config
    defaults = {field.name: field.default for field in fields(kind)}
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in defaults.items()}
    assert {key: values[key] for key in keys} == {key: plain[key] for key in keys}
