"""The launcher class; what it does is in `_core`, imported when it launches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

TARGET = "hydra_plugins.seqmem_stacked.stacked_launcher.StackedLauncher"
ConfigStore.instance().store(group="hydra/launcher", name="stacked", node={"_target_": TARGET}, provider="seqmem")


class StackedLauncher(Launcher):
    """Hands all jobs of a sweep over at once to a task function that can run them so.

    Such a function has an attribute `stacked`, see `seqmem.train.train_stacked`; any other is
    called job by job.

    Attributes:
        folder: The sweep's folder, once it is known.
        error: What the first job that failed has ended with, if one has.
    """

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.error: Exception | None = None
        self.config: DictConfig
        self.hydra_context: HydraContext
        self.task_function: TaskFunction

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.config = config
        self.hydra_context = hydra_context
        self.task_function = task_function

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        from hydra_plugins.seqmem_stacked import _core

        return _core.launch(self, job_overrides, initial_job_idx)
