"""The flags of a command line: those of Hydra's, which may stand anywhere among the overrides."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from seqmem.config.build import ConfigError

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
