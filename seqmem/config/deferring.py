"""Keys of a sweep over options, which are checked against each job's own options.

Hydra composes a sweep once by itself, before its jobs, with each swept option at its default, and sets
the keys that are not swept in that: `recipe=long_lag_lstm,long_lag_gru task.p=50` would set
`task.p` of the default task. A swept key waits for the jobs, and so does a choice of one value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import OverrideParseException

from seqmem.config.build import conf_dir
from seqmem.config.zipped import read_zip, unquote_zip


def defer(overrides: Sequence[str]) -> list[str]:
    """Let the keys of groups, as `task.p=50`, wait for the jobs where options are swept.

    Args:
        overrides: Of the command line; what Hydra cannot parse is left to it.
    """
    try:
        parsed = OverridesParser.create().parse_overrides(list(overrides))
    except OverrideParseException:
        return list(overrides)
    if not any(_sweeps_options(override) for override in parsed):
        return list(overrides)
    return [_defer(override, text) for override, text in zip(parsed, overrides, strict=True)]


def _sweeps_options(override: Override) -> bool:
    """Whether an override, or a member of a zip, sweeps over a group's options."""
    typed = unquote_zip(override.input_line or "")
    members = (override,) if typed is None else read_zip(typed).members
    return any(member.is_sweep_override() and _is_option(member) for member in members)


def _is_option(override: Override) -> bool:
    """Whether an override chooses a group's option, rather than setting a key's value."""
    group = override.key_or_group
    return bool(re.fullmatch(r"\w+", group)) and (conf_dir() / group).is_dir()


def _defer(override: Override, text: str) -> str:
    plain = not (override.is_sweep_override() or override.is_hydra_override() or override.is_delete())
    key, _, value = text.partition("=")
    return f"{key}=choice({value})" if plain and "." in key and value.strip() else text


def add_environment(override: str) -> str:
    """Let `hydra.job.env_set` take any variable, which Hydra's own config has no keys for; all else as it is."""
    return f"++{override}" if re.match(r"hydra\.job\.env_set[.=]", override) else override
