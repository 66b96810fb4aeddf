"""Composes the jobs of a sweep: the same configs as Hydra's, but each choice of options is composed only once.

Hydra composes every job from its files, some 40 ms each. Value overrides are applied after
that, so that jobs which choose the same options differ in those only.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf, open_dict


class Composer:
    """Composes jobs of one sweep.

    Args:
        loader: Hydra's config loader.
        master: The sweep's own config.
    """

    def __init__(self, loader: ConfigLoaderImpl, master: DictConfig) -> None:
        self.loader = loader
        self.master = master
        self.parser = OverridesParser.create(config_loader=loader)
        self.bases: dict[tuple[str, ...], DictConfig] = {}

    def compose(self, overrides: Sequence[str], number: int) -> DictConfig:
        """The config of job `number`, with the overrides applied in their order."""
        parsed = self.parser.parse_overrides(list(overrides))
        values = [override for override in parsed if self._is_value(override)]
        choices = tuple(override.input_line or "" for override in parsed if override not in values)
        if choices not in self.bases:
            self.bases[choices] = self.loader.load_sweep_config(self.master, list(choices))
        config = copy.deepcopy(self.bases[choices])
        try:
            self.loader._apply_overrides_to_config(values, config)
        except Exception:
            return self.loader.load_sweep_config(self.master, list(overrides))  # Hydra's own, to fail as Hydra does
        task = [override for override in parsed if not override.is_hydra_override()]
        with open_dict(config):
            config.hydra.overrides.task = [override.input_line for override in task]
            config.hydra.job.override_dirname = self._dirname(config, task)
            config.hydra.job.id = str(number)
            config.hydra.job.num = number
        return config

    def _is_value(self, override: Override) -> bool:
        """Whether an override sets a value of the composed config, rather than choosing what is composed."""
        if override.is_hydra_override() or override.package is not None or override.is_sweep_override():
            return False
        return not self.loader.repository.group_exists(override.key_or_group)

    @staticmethod
    def _dirname(config: DictConfig, overrides: list[Override]) -> str:
        settings = config.hydra.job.config.override_dirname
        return get_overrides_dirname(
            overrides=overrides,
            kv_sep=settings.kv_sep,
            item_sep=settings.item_sep,
            exclude_keys=OmegaConf.to_container(settings.exclude_keys),  # type: ignore[arg-type]
        )
