"""Points of a sweep from overrides, as the command line makes them, in process."""

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
from seqmem.config.points import find_varied, place_point, read_point
from seqmem.sweep import Point, index_folders

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


def make_point(*overrides: str, folder: Path = Path("job")) -> Point:
    return read_point(read_composed(compose_job(*overrides)), folder)


def make_points(sweep: Path, *jobs: list[str]) -> list[Point]:
    """The points of a sweep, placed in its folder."""
    points = [make_point(*job) for job in jobs]
    varied = find_varied([point.overrides for point in points])
    return [replace(point, folder=place_point(point, sweep, varied, index_folders(sweep))) for point in points]
