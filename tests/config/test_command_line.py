"""The flags of a command line, which are Hydra's."""

import re

import pytest

from seqmem.config.build import ConfigError
from seqmem.config.command_line import SHOWN, SWITCHES, TOLD, VALUES, add_multirun, read_command_line
from tests.command import call, elsewhere  # noqa: F401


@pytest.mark.parametrize(
    ("arguments", "flags", "overrides"),
    [
        (["model=lstm", "-m", "hidden=2,3"], ["--multirun"], ["model=lstm", "hidden=2,3"]),
        (["a=1", "--multirun", "~b", "-cd", "x=y", "c=1"], ["--multirun", "--config-dir=x=y"], ["a=1", "~b", "c=1"]),
        (["a=1", "--cfg", "job", "b=1"], ["--cfg=job"], ["a=1", "b=1"]),
        (["--info", "all", "a=1"], ["--info=all"], ["a=1"]),
        (["a=1", "-i"], ["--info=all"], ["a=1"]),
        (["a=1", "-m"], ["--multirun"], ["a=1"]),
        ([], [], []),
    ],
)
def test_flags_may_stand_anywhere(arguments, flags, overrides):
    command = read_command_line(arguments)
    assert (command.flags, command.overrides) == (flags, overrides)
    assert command.multirun == ("--multirun" in flags)


def test_a_sweep_whose_flag_comes_late_is_the_same(elsewhere):  # noqa: F811
    assert call("model=lstm", "-m", "hidden=2,3", "dry_run=true") == call(
        "-m", "model=lstm", "hidden=2,3", "dry_run=true"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a=1", "--cfg"], "argument --cfg/-c: expected one argument; see --hydra-help"),
        (["a=1", "--nope", "b=1"], "unrecognized arguments: --nope"),
        (["--info", "a=1"], "argument --info/-i: invalid choice: 'a=1' (choose from "),
    ],
)
def test_flags_that_are_wrong_are_refused(arguments, message):
    with pytest.raises(ConfigError) as error:
        read_command_line(arguments)
    assert str(error.value).startswith(message)


def test_the_flags_are_those_that_hydra_lists(elsewhere):  # noqa: F811
    listed = call("--hydra-help").out
    assert {name for names in (*SWITCHES, *VALUES) for name in names if name.startswith("--")} | {
        "--cfg",
        "--info",
    } == {*re.findall(r"^(--[a-z-]+)", listed, re.MULTILINE)}
    choices = [tuple(found.split("|")) for found in re.findall(r"\[(.*?)\]$", listed, re.MULTILINE)]
    assert SHOWN in choices, listed
    assert any({*TOLD} <= {*found} for found in choices), listed


@pytest.mark.parametrize(
    ("arguments", "is_sweep"),
    [
        (["experiment=d4_recall", "seed=1,2"], True),
        (["experiment=d4_recall", "hydra.mode=RUN"], False),
        (["--cfg", "job", "experiment=d4_recall"], False),
        (["--config-dir", "conf", "experiment=mine"], True),
        (["--config-dir", "conf", "experiment=single"], False),
        (["experiment=nope"], False),
        (["recipe=long_lag_lstm"], False),
    ],
)
def test_an_experiment_that_is_a_sweep_needs_no_flag(arguments, is_sweep, elsewhere):  # noqa: F811
    folder = elsewhere / "conf/experiment"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("# @package _global_\nhydra:\n  mode: MULTIRUN\n")
    (folder / "single.yaml").write_text("# @package _global_\nhidden: 3\n")
    command = add_multirun(read_command_line(arguments))
    assert (command.multirun, "--multirun" in command.flags) == (is_sweep, is_sweep)
