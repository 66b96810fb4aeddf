"""Hydra's way in, of the versions that there are: 1.4 wants other arguments than 1.3."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from typing import Any

import hydra
from hydra.types import TaskFunction

from seqmem.config.build import conf_dir
from seqmem.records.provenance import keep_arguments

TRUSTED = ("hydra.*", "hydra_plugins.*", "seqmem.*")  # what `_target_` in Hydra's own keys may name; 1.4 asks for it


def run_hydra(task: TaskFunction, arguments: Sequence[str]) -> None:
    """Let Hydra compose what a command line asks for, and run it.

    Args:
        task: What runs a job.
        arguments: Of the command line, as Hydra is to parse them: it takes them from `sys.argv`.
    """
    typed = sys.argv
    with keep_arguments(typed[1:]):
        sys.argv = [typed[0], *arguments]
        try:
            hydra.main(config_path=str(conf_dir()), config_name="config", **_read_options())(task)()
        finally:
            sys.argv = typed


def _read_options() -> dict[str, Any]:
    if "execution_whitelist" in inspect.signature(hydra.main).parameters:
        return {"execution_whitelist": TRUSTED}
    return {"version_base": "1.3"}
