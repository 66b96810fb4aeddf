"""The sweeper `grid`: every combination of the swept values, checked as a whole before anything is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from hydra.errors import ConfigCompositionException, HydraException
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from hydra_plugins.seqmem_stacked._grid import Dimension, build_jobs, read_dimensions

NODE = {
    "_target_": "hydra_plugins.seqmem_stacked.grid_sweeper.GridSweeper",
    "max_batch_size": None,
    "params": None,
}
ConfigStore.instance().store(group="hydra/sweeper", name="grid", node=NODE, provider="seqmem")


class GridSweeper(Sweeper):
    """Gives the whole product of the swept values to one launch; the launcher composes and checks it.

    Args:
        max_batch_size: Null; other sweepers have it.
        params: Keys with the values that they take, as on the command line.
        grids: More of them, as params1, params2, ..: several grids, whose settings are joined. What
            `params` and the command line say holds in each.
    """

    def __init__(self, max_batch_size: int | None = None, params: Any = None, **grids: Any) -> None:
        self.max_batch_size = max_batch_size
        self.params = params
        self.grids = grids
        self.config: DictConfig
        self.hydra_context: HydraContext
        self.launcher: Launcher

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.config = config
        self.hydra_context = hydra_context
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        from seqmem.sweep import JobFailedError

        if self.max_batch_size is not None:
            raise HydraException(
                f"hydra.sweeper.max_batch_size must be null, as all jobs are trained side by side, "
                f"got {self.max_batch_size}"
            )
        loader = self.hydra_context.config_loader
        grids = [read_dimensions([*grid, *arguments], loader) for grid in self._read_grids()]
        for dimension in chain.from_iterable(grids):
            self._check_studies(dimension)
        jobs = build_jobs(grids)
        try:
            results = self.launcher.launch(jobs, initial_job_idx=0)
        except (KeyboardInterrupt, JobFailedError):
            self._save()
            raise
        self._save()
        if error := getattr(self.launcher, "error", None):
            raise error  # by `return_value` Hydra would add a line of its own
        for result in results:
            _ = result.return_value  # raises if the job failed
        return [results]

    def _read_grids(self) -> list[list[str]]:
        """The overrides of each grid that the config names; one grid, if it names none."""
        for name in self.grids:
            if not re.fullmatch(r"params[1-9]\d*", name):
                raise HydraException(
                    f"hydra.sweeper.{name} is not a key; choose params, or params1, params2, .. for several grids"
                )
        common = _read_params("params", self.params)
        names = sorted(self.grids, key=lambda name: int(name.removeprefix("params")))
        return [[*common, *_read_params(name, self.grids[name])] for name in names] or [common]

    def _check_studies(self, dimension: Dimension) -> None:
        """Check that no experiment is swept that has a grid of its own, whose jobs would be left out.

        Raises:
            HydraException: if one is.
        """
        swept = [member for member in dimension.members if member.is_sweep_override()]
        names = [
            str(name) for member in swept if member.key_or_group == "experiment" for name in member.sweep_iterator()
        ]
        for name in names:
            if self._has_grid(f"experiment={name}"):
                raise HydraException(
                    f"{dimension.text}: {name} has a grid of its own; run each study with its own command"
                )

    def _has_grid(self, choice: str) -> bool:
        """Whether an option changes the sweeper, which Hydra 1.4 refuses by itself."""
        try:
            config = self.hydra_context.config_loader.load_sweep_config(self.config, [choice])
        except ConfigCompositionException as error:
            return "hydra.sweeper" in str(error)
        return bool(config.hydra.sweeper != self.config.hydra.sweeper)

    def _save(self) -> None:
        """Keep the sweep's own config; not that of a sweep that was refused, in a folder that has another's."""
        folder = getattr(self.launcher, "folder", None) or Path(self.config.hydra.sweep.dir)
        if folder.is_dir():
            from hydra_plugins.seqmem_stacked._job import format_yaml
            from seqmem.records import write_note

            write_note(folder / "multirun.yaml", format_yaml(self.config).encode())


def _read_params(name: str, params: Any) -> list[str]:
    """The overrides that a node of the sweeper's config stands for."""
    if params is None:
        return []
    if not isinstance(params, Mapping | DictConfig):
        raise HydraException(f"hydra.sweeper.{name} must hold keys with their values, as key: value, got {params}")
    return [f"{key}={value}" for key, value in params.items()]
