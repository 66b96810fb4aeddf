"""What Hydra and OmegaConf raise, as one line that names the key, the value and the choices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException

from seqmem.config.build import ConfigError, suggest

BAD_INPUT = (ConfigError, HydraException, OmegaConfBaseException)


def explain(error: Exception) -> str:
    """One line for an error that the command line or a config caused."""
    if own := _find_own(error):
        return str(own)
    if isinstance(error, OverrideParseException):
        lines = [line for line in str(error).splitlines() if not line.startswith(("Error parsing", "See "))]
        return f"{error.override} is no override such as key=value: {' '.join(lines)}"
    if several := re.match(r"Ambiguous value for argument '(([^=]+)=(.*))'", str(error)):
        override, key, values = several.groups()
        return f"{override} has several values; add -m to run each, or write {key}=[{values}] for a list"
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else error
    if isinstance(error, MissingConfigException) and error.options is not None:
        group, _, option = str(error.missing_cfg_file).rpartition("/")
        return f"{group}={option} is not an option; choose {', '.join(error.options)}"
    if isinstance(error, ConfigCompositionException) and (
        unknown := re.match(r"Could not override '(.+)'", str(error))
    ):
        return _explain_override(unknown.group(1), cause)
    if isinstance(cause, ConfigKeyError):
        return _explain_key(str(cause.full_key), cause)
    return " ".join(line.strip() for line in str(error).splitlines()[:2]).strip()


def explain_group(arguments: Sequence[str], options: Path) -> str | None:
    """One line for a group that was given a number, say, for which Hydra raises a ValueError; None if none was.

    Args:
        arguments: Of the command line.
        options: The folder of the groups.
    """
    for argument in arguments:
        group, _, value = argument.partition("=")
        is_name = re.fullmatch(r"[A-Za-z]\w*", value) and value not in ("null", "true", "false")
        if group and (options / group).is_dir() and not is_name:
            names = sorted(path.stem for path in (options / group).glob("*.yaml"))
            return f"{argument} is not an option; choose {', '.join(names)}"
    return None


def _find_own(error: BaseException | None) -> ConfigError | None:
    """Our own error behind the ones that Hydra made of it."""
    while error is not None and not isinstance(error, ConfigError):
        error = error.__cause__ or error.__context__
    return error


def _explain_override(key: str, cause: BaseException) -> str:
    if isinstance(cause, OmegaConfBaseException) and cause.parent_node is not None:
        return _explain_key(key, cause)
    return f"{key} is not a config group or key; see --help"


def _explain_key(key: str, cause: OmegaConfBaseException) -> str:
    parent, _, name = key.rpartition(".")
    try:
        known = [str(known) for known in cause.parent_node.keys() if known != "hydra"]  # noqa: SIM118
    except Exception:
        return f"{key} is not a key of the config; see --help"
    return f"{key} is not a key{suggest(name, known, f'{parent}.' if parent else '')}"
