"""A job's config as Hydra composes it, in plain values: a sweep of many jobs has room for no other kind."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig, OmegaConf


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


def read_composed(config: DictConfig, settings: Any = None) -> Composed:
    """A job's config from Hydra's.

    Args:
        config: As Hydra composes it.
        settings: Hydra's node, where it is no part of the config.
    """
    own = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    settings = config.hydra if settings is None else settings
    return Composed(
        typing.cast("dict[str, Any]", OmegaConf.to_container(own, resolve=True)),
        dict(settings.runtime.choices),
        typing.cast("list[str]", OmegaConf.to_container(settings.overrides.task)),  # without their interpolations
    )
