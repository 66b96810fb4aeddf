"""Composes the jobs of a sweep: the same configs as Hydra's, but each choice of options is composed only once.

Hydra composes every job from its files, some 40 ms each. Value overrides are applied after
that, so that jobs which choose the same options differ in those only: OmegaConf applies them in
some 10 ms, and in plain values most of them take 10 us.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Override, OverrideType
from omegaconf import DictConfig, OmegaConf, open_dict

from hydra_plugins.seqmem_stacked._overrides import Assignment, OverrideReader, apply
from seqmem.config.composed import Composed, read_composed

CHOICES = ("hydra", "choice")  # kinds of overrides that choose what is composed
# What the folder of a sweep may be made from without depending on a job's values.
SHARED = ("hydra.runtime.choices.", "hydra.job.name", "now:", "oc.env:")


@dataclass(frozen=True)
class Base:
    """What jobs that choose the same options have in common.

    config: As Hydra composes it.
    composed: The same in plain values; None if some depend on others, so that OmegaConf must apply what is set.
    folder: That of the sweep; None if it may depend on a job's values.
    """

    config: DictConfig
    composed: Composed | None
    folder: str | None


class Composer:
    """Composes jobs of one sweep.

    Args:
        loader: Hydra's config loader.
        master: The sweep's own config.
    """

    def __init__(self, loader: ConfigLoader, master: DictConfig) -> None:
        self.loader = loader
        self.master = master
        self.reader = OverrideReader(loader)
        self.bases: dict[tuple[str, ...], Base] = {}

    def compose(self, overrides: Sequence[str], number: int) -> DictConfig:
        """The config of job `number`, with the overrides applied in their order."""
        parsed = self.reader.parser.parse_overrides(list(overrides))
        values = [override for override in parsed if self.reader.is_value(override)]
        choices = tuple(override.input_line or "" for override in parsed if override not in values)
        config = copy.deepcopy(self._find_base(choices).config)
        if not _apply_values(values, config):
            config = self.loader.load_sweep_config(self.master, list(overrides))  # Hydra's own, to fail as Hydra does
        task = [override for override in parsed if not override.is_hydra_override()]
        with open_dict(config):
            config.hydra.overrides.task = [override.input_line for override in task]
            if not OmegaConf.is_interpolation(config.hydra.job, "override_dirname"):  # it is one in Hydra 1.4
                config.hydra.job.override_dirname = _name_overrides(config, task)
            config.hydra.job.id = str(number)
            config.hydra.job.num = number
        return config

    def compose_plainly(self, overrides: Sequence[str]) -> Composed:
        """The config of a job in plain values, for one of a hundred thousand."""
        kinds = {text: self.reader.read(text) for text in overrides}
        base = self._find_base(tuple(text for text in overrides if kinds[text] in CHOICES))
        config: Mapping[str, Any] | None = base.composed.config if base.composed else None
        for text in overrides:
            kind = kinds[text]
            if kind not in CHOICES and config is not None:
                config = apply(kind, config) if isinstance(kind, Assignment) else None
        if base.composed is not None and config is not None:
            return Composed(config, base.composed.choices, [text for text in overrides if kinds[text] != "hydra"])
        whole = self.compose(overrides, 0)
        HydraConfig.instance().set_config(whole)
        return read_composed(whole)

    def find_folder(self, overrides: Sequence[str]) -> str:
        """What a job names as the folder of its sweep."""
        base = self._find_base(tuple(text for text in overrides if self.reader.read(text) in CHOICES))
        return base.folder if base.folder is not None else str(self.compose(overrides, 0).hydra.sweep.dir)

    def _find_base(self, choices: tuple[str, ...]) -> Base:
        if choices not in self.bases:
            self.bases[choices] = _make_base(self.loader.load_sweep_config(self.master, list(choices)))
        return self.bases[choices]


def _apply_values(overrides: Sequence[Override], config: DictConfig) -> bool:
    """Set values in a composed config; whether that is possible without Hydra, which also deletes and extends."""
    for override in overrides:
        key = override.key_or_group
        try:
            is_new = override.type is OverrideType.ADD and OmegaConf.select(config, key, throw_on_missing=False) is None
            if override.type is not OverrideType.CHANGE and override.type is not OverrideType.FORCE_ADD and not is_new:
                return False
            force_add = override.type is not OverrideType.CHANGE
            OmegaConf.update(config, key, override.value(), merge=True, force_add=force_add)
        except Exception:  # Hydra says why
            return False
    return True


def _name_overrides(config: DictConfig, overrides: Sequence[Override]) -> str:
    """What Hydra calls `hydra.job.override_dirname`."""
    how = config.hydra.job.config.override_dirname
    kept = [override.input_line or "" for override in overrides if override.key_or_group not in how.exclude_keys]
    return str(how.item_sep.join(sorted(kept)).replace("=", how.kv_sep))


def _make_base(config: DictConfig) -> Base:
    own = OmegaConf.to_container(OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"]))
    is_plain = "${" not in json.dumps(own, default=str)
    folder = str(OmegaConf.to_container(config.hydra.sweep)["dir"])  # type: ignore[call-overload,index]
    is_shared = all(name.startswith(SHARED) for name in re.findall(r"\$\{([\w.:]*)", folder))
    return Base(config, read_composed(config) if is_plain else None, str(config.hydra.sweep.dir) if is_shared else None)
