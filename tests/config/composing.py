"""Settings of a sweep from overrides, as the command line makes them, in process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import hydra
from hydra import compose, initialize_config_dir
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

from seqmem.config.build import conf_dir
from seqmem.config.composed import read_composed
from seqmem.config.settings import choose_folder, find_varied, read_setting
from seqmem.sweep import Setting, index_folders

TINY = ["max_sequences=192", "evaluate_every=128", "test_sequences=20", "trials=2", "engine=reference"]


@contextmanager
def config_dir(folder: Path) -> Iterator[None]:
    GlobalHydra.instance().clear()
    base = {"version_base": "1.3"} if hydra.__version__.startswith("1.3") else {}  # newer ones want none
    with initialize_config_dir(str(folder), **base):
        yield


def make_loader() -> ConfigLoader:
    """Hydra's config loader over the built-in options."""
    with config_dir(conf_dir()):
        return GlobalHydra.instance().config_loader()


@cache
def compose_job(*overrides: str) -> DictConfig:
    """A job's config, Hydra's node included; not to be changed."""
    with config_dir(conf_dir()):
        return compose("config", list(overrides), return_hydra_config=True)


def make_setting(*overrides: str, folder: Path = Path("job")) -> Setting:
    return read_setting(read_composed(compose_job(*overrides)), folder)


def make_settings(sweep: Path, *jobs: list[str]) -> list[Setting]:
    """The settings of a sweep, placed in its folder."""
    settings = [make_setting(*job) for job in jobs]
    varied = find_varied([setting.overrides for setting in settings])
    return [
        replace(setting, folder=choose_folder(setting, sweep, varied, index_folders(sweep))) for setting in settings
    ]
