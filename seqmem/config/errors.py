"""What Hydra and OmegaConf raise, as one line that names the key, the value and the choices."""

from __future__ import annotations

import re

from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException

from seqmem.config.build import ConfigError, suggest

BAD_INPUT = (ConfigError, HydraException, OmegaConfBaseException)


def explain(error: Exception) -> str:
    """One line for an error that the command line or a config caused."""
    if own := _find_own(error):
        return str(own)
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
