"""The flags of a command line: those of Hydra's, which may stand anywhere among the overrides."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from omegaconf import DictConfig, OmegaConf

from seqmem.config.build import ConfigError, conf_dir

SWITCHES = (
    ("--help", "-h"), ("--hydra-help",), ("--version",), ("--resolve",), ("--run", "-r"), ("--multirun", "-m"),
    ("--shell-completion", "-sc"),
)  # fmt: skip
VALUES = (
    ("--package", "-p"), ("--config-path", "-cp"), ("--config-name", "-cn"), ("--config-dir", "-cd"),
    ("--experimental-rerun",),
)  # fmt: skip
SHOWN = ("job", "hydra", "all")
TOLD = ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")


@dataclass(frozen=True)
class CommandLine:
    """What was typed, told apart.

    flags: As Hydra takes them.
    overrides: All else.
    help: Whether seqmem's help is asked for.
    multirun: Whether a sweep is.
    config_dir: A folder of the user's own options.
    """

    flags: list[str]
    overrides: list[str]
    help: bool
    multirun: bool
    config_dir: str | None


class _Parser(argparse.ArgumentParser):
    """One whose errors are ours, instead of its usage and an exit."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message}; see --hydra-help")


def read_command_line(arguments: Sequence[str]) -> CommandLine:
    """Tell the flags of a command line from its overrides.

    Raises:
        ConfigError: if there is no such flag, it lacks its value, or it would load a pickle.
    """
    parser = _Parser(add_help=False)
    for names in SWITCHES:
        parser.add_argument(*names, action="store_true")
    for names in VALUES:
        parser.add_argument(*names)
    parser.add_argument("--cfg", "-c", choices=SHOWN)
    parser.add_argument("--info", "-i", const="all", nargs="?", choices=TOLD)
    parser.add_argument("overrides", nargs="*")
    found = vars(parser.parse_intermixed_args(list(arguments)))
    if found.pop("experimental_rerun") is not None:
        raise ConfigError(
            "--experimental-rerun would load a pickle, which may do anything; use python -m seqmem.reproduce JOB_DIR"
        )
    overrides = found.pop("overrides")
    given = {f"--{name.replace('_', '-')}": value for name, value in found.items() if value not in (None, False)}
    flags = [flag if value is True else f"{flag}={value}" for flag, value in given.items()]
    return CommandLine(flags, overrides, found["help"], found["multirun"], found["config_dir"])


def add_multirun(command: CommandLine) -> CommandLine:
    """Say that a chosen experiment is a sweep, which Hydra 1.4 wants to be told before it reads the file."""
    asked = [flag for flag in command.flags if not flag.startswith("--config-")]
    if asked or not _is_sweep(command):
        return command
    return replace(command, flags=[*command.flags, "--multirun"], multirun=True)


def _is_sweep(command: CommandLine) -> bool:
    if any(override.startswith("hydra.mode=") for override in command.overrides):
        return False
    folders = [*([Path(command.config_dir)] if command.config_dir else []), conf_dir()]
    for override in command.overrides:
        if chosen := re.fullmatch(r"\+{0,2}experiment=(\w+)(?:\.ya?ml)?", override):
            for path in (folder / "experiment" / f"{chosen[1]}.yaml" for folder in folders):
                if path.is_file():
                    config = OmegaConf.load(path)
                    return isinstance(config, DictConfig) and OmegaConf.select(config, "hydra.mode") == "MULTIRUN"
    return False
