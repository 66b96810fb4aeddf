"""Hydra's basic sweeper, but for one thing: nothing is written before all jobs have been checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

NODE = {
    "_target_": "hydra_plugins.seqmem_stacked.grid_sweeper.GridSweeper",
    "max_batch_size": None,
    "params": None,
}
ConfigStore.instance().store(group="hydra/sweeper", name="grid", node=NODE, provider="seqmem")


class GridSweeper(BasicSweeper):
    """Gives the whole product of the swept values to one launch; the launcher composes and checks it."""

    def sweep(self, arguments: list[str]) -> Any:
        assert self.config is not None and self.launcher is not None and self.hydra_context is not None
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        overrides = parser.parse_overrides([*self._parse_config(), *arguments])
        (jobs,) = self.split_arguments(overrides, max_batch_size=None)
        try:
            results = self.launcher.launch(jobs, initial_job_idx=0)
        except KeyboardInterrupt:
            self._save()
            raise
        self._save()
        for result in results:
            _ = result.return_value  # raises if the job failed
        return [results]

    def _save(self) -> None:
        """Keep the sweep's own config; not that of a sweep that was refused, in a folder that has another's."""
        assert self.config is not None
        folder = getattr(self.launcher, "folder", None) or Path(self.config.hydra.sweep.dir)
        if folder.is_dir():
            OmegaConf.save(self.config, folder / "multirun.yaml")
