"""Hydra's basic sweeper, but for one thing: nothing is written before all jobs have been checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf

from hydra_plugins.seqmem_stacked._size import check_size

NODE = {
    "_target_": "hydra_plugins.seqmem_stacked.grid_sweeper.GridSweeper",
    "max_batch_size": None,
    "params": None,
}
ConfigStore.instance().store(group="hydra/sweeper", name="grid", node=NODE, provider="seqmem")


class GridSweeper(BasicSweeper):
    """Gives the whole product of the swept values to one launch; the launcher composes and checks it."""

    def sweep(self, arguments: list[str]) -> Any:
        from seqmem.sweep import JobFailedError

        assert self.config is not None and self.launcher is not None and self.hydra_context is not None
        if self.max_batch_size is not None:
            raise HydraException(
                f"hydra.sweeper.max_batch_size must be null, as all jobs are trained side by side, "
                f"got {self.max_batch_size}"
            )
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        overrides = parser.parse_overrides([*self._parse_config(), *arguments])
        check_size(overrides)
        (jobs,) = self.split_arguments(overrides, max_batch_size=None)
        try:
            results = self.launcher.launch(jobs, initial_job_idx=0)
        except (KeyboardInterrupt, JobFailedError):
            self._save()
            raise
        self._save()
        for result in results:
            if isinstance(result._return_value, JobFailedError):
                raise result._return_value  # by `return_value` Hydra would add a line of its own
            _ = result.return_value  # raises if the job failed
        return [results]

    def _save(self) -> None:
        """Keep the sweep's own config; not that of a sweep that was refused, in a folder that has another's."""
        assert self.config is not None
        folder = getattr(self.launcher, "folder", None) or Path(self.config.hydra.sweep.dir)
        if folder.is_dir():
            from seqmem.records import write_whole

            write_whole(folder / "multirun.yaml", OmegaConf.to_yaml(self.config).encode(), lasting=False)
