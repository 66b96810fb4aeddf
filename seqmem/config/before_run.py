"""What comes before a single run, for which Hydra would else have made a folder: its checks, and `dry_run`.

A sweep does the same where it reads its settings.
"""

from __future__ import annotations

import sys
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from seqmem.arguments import shorten
from seqmem.config.build import ConfigError
from seqmem.config.composed import read_composed
from seqmem.config.settings import read_dry_run, read_folder, read_policy, read_setting
from seqmem.config.zipped import unquote_zip
from seqmem.output import write_output
from seqmem.sweep import Sweep
from seqmem.sweep.plan import format_plan

OURS = "hydra_plugins.seqmem_stacked."
CLUSTER = f"{OURS}cluster_launchers."
JOB_FOLDER = "${seqmem.job_folder:}"


class RefusedError(BaseException):
    """A run that is not to begin; Hydra makes warnings of other errors of a callback.

    error: Why.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class BeforeRun(Callback):
    """Hydra's callback `hydra.callbacks.before_run`; whatever is raised in it ends the run."""

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        try:
            HydraConfig.instance().set_config(config)
            _check_launcher(config)
            folder = read_folder("hydra.run.dir", config.hydra.run.dir).absolute()
            setting = read_setting(read_composed(config), folder)
            policy = read_policy([config])
            if policy.shard is not None:
                raise ConfigError(f"shard={policy.shard} takes a share of a sweep; add -m, or leave it out")
            if read_dry_run([config]):
                sys.exit(write_output(format_plan(Sweep(setting.folder.parent, [setting], policy))))
        except Exception as error:
            raise RefusedError(error) from error

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        try:
            read_folder("hydra.sweep.dir", config.hydra.sweep.dir)
            targets = [str(OmegaConf.select(config, f"hydra.{part}._target_")) for part in ("launcher", "sweeper")]
            zips = [typed for override in config.hydra.overrides.task if (typed := unquote_zip(override))]
            if zips and not targets[1].startswith(OURS):
                raise ConfigError(f"{shorten(zips[0])} needs hydra/sweeper=grid, got {targets[1]}")
            _check_subdir(config, targets[0].startswith(OURS))
            if targets[0].startswith(CLUSTER) and not targets[1].startswith(OURS):
                raise ConfigError(f"{_name_launcher(config)} needs hydra/sweeper=grid, got {targets[1]}")
            asked = ["dry_run=true"] * read_dry_run([config]) + [f"shard={config.shard}"] * (config.shard is not None)
            if asked and not all(target.startswith(OURS) for target in targets):
                needed = f"{asked[0]} needs hydra/launcher=stacked and hydra/sweeper=grid"
                raise ConfigError(f"{needed}, got {' and '.join(targets)}")
        except Exception as error:
            raise RefusedError(error) from error


def _check_launcher(config: DictConfig) -> None:
    """Check that a single run is not meant to be trained elsewhere: Hydra launches sweeps alone."""
    if str(OmegaConf.select(config, "hydra.launcher._target_")).startswith(CLUSTER):
        raise ConfigError(f"{_name_launcher(config)} launches sweeps; add -m, or leave it out")


def _name_launcher(config: DictConfig) -> str:
    return f"hydra/launcher={config.hydra.runtime.choices.get('hydra/launcher')}"


def _check_subdir(config: DictConfig, is_ours: bool) -> None:
    """Check that nobody else names the folders of jobs that our launcher names."""
    subdir = OmegaConf.to_container(config.hydra.sweep)["subdir"]  # type: ignore[call-overload, index]
    if is_ours and subdir != JOB_FOLDER:
        raise ConfigError(
            f"hydra.sweep.subdir cannot be set, as hydra/launcher=stacked names each setting's folder by its keys, "
            f"got {subdir}; choose hydra/launcher=basic to set it"
        )
