"""A job's config as Hydra composes it, in plain values: a sweep of many jobs has room for no other kind."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException


@dataclass(frozen=True)
class Composed:
    """A job's config.

    config: All but Hydra's node, interpolations resolved. Jobs share its parts, which nobody changes.
    choices: The option of each group.
    overrides: What the job was made from, as typed.
    """

    config: Mapping[str, Any]
    choices: Mapping[str, Any]
    overrides: Sequence[str]


def read_composed(config: DictConfig, hydra: Any = None) -> Composed:
    """A job's config from Hydra's.

    Args:
        config: As Hydra composes it.
        hydra: Hydra's node, where it is no part of the config.
    """
    own = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    hydra = config.hydra if hydra is None else hydra
    return Composed(
        _decode(OmegaConf.to_container(own, resolve=True), OmegaConf.to_container(own)),
        dict(hydra.runtime.choices),
        typing.cast("list[str]", OmegaConf.to_container(hydra.overrides.task)),  # without their interpolations
    )


def _decode(value: Any, typed: Any) -> Any:
    """A config with the numbers and the truth values that variables of the environment hold, as texts.

    Args:
        value: With interpolations resolved.
        typed: The same without.
    """
    if isinstance(value, dict) and isinstance(typed, dict):
        return {key: _decode(item, typed[key]) for key, item in value.items()}
    if isinstance(value, list) and isinstance(typed, list):
        return [_decode(item, typed[index]) for index, item in enumerate(value)]
    if not (isinstance(value, str) and isinstance(typed, str) and typed.startswith("${oc.env:")):
        return value
    try:
        decoded = OmegaConf.create({"text": value, "decoded": "${oc.decode:${text}}"}).decoded
    except OmegaConfBaseException:
        return value
    return decoded if isinstance(decoded, (bool, int, float)) else value
