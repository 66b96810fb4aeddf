"""What the launcher `stacked` does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn, configure_log, run_job, setup_globals
from omegaconf import DictConfig, read_write

from hydra_plugins.seqmem_stacked._compose import Composer
from hydra_plugins.seqmem_stacked.stacked_launcher import StackedLauncher


def launch(launcher: StackedLauncher, job_overrides: Sequence[Sequence[str]], first: int) -> list[JobReturn]:
    """Run jobs and return what Hydra wants to know of each, in order.

    Args:
        launcher: As Hydra has set it up.
        job_overrides: Each job's overrides.
        first: Number of the first job.
    """
    setup_globals()
    configure_log(launcher.config.hydra.hydra_logging, launcher.config.hydra.verbose)
    composer = Composer(launcher.hydra_context.config_loader, launcher.config)  # type: ignore[arg-type]
    configs = [composer.compose(overrides, first + place) for place, overrides in enumerate(job_overrides)]
    stacked = getattr(launcher.task_function, "stacked", None)
    if stacked is None:
        Path(str(launcher.config.hydra.sweep.dir)).mkdir(parents=True, exist_ok=True)
        return [_run(launcher, config) for config in configs]
    launcher.folder = find_folder(configs)
    returns: dict[int, JobReturn] = {}
    for place, folder, outcome in stacked(configs, launcher.folder):
        with read_write(configs[place].hydra.sweep):
            configs[place].hydra.sweep.dir = str(folder.parent)
            configs[place].hydra.sweep.subdir = folder.name
        returns[place] = _run(launcher, configs[place], partial(_give, launcher.task_function.unwrap, outcome))  # type: ignore[attr-defined]
    return [returns[place] for place in range(len(configs))]


def find_folder(configs: Sequence[DictConfig]) -> Path:
    """The sweep's folder: the one that all jobs name, or, if they differ (by task, say), one of all their names."""
    folders = [Path(str(config.hydra.sweep.dir)) for config in configs]
    return folders[0].parent / "+".join(dict.fromkeys(folder.name for folder in folders))


def _run(launcher: StackedLauncher, config: DictConfig, task_function: Any = None) -> JobReturn:
    """Run one job, or, with a task function that only hands over its outcome, do what Hydra does around it."""
    result = run_job(
        hydra_context=launcher.hydra_context,
        task_function=task_function or launcher.task_function,
        config=config,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
        configure_logging=task_function is None,
    )
    configure_log(launcher.config.hydra.hydra_logging, launcher.config.hydra.verbose)
    return result


def _give(unwrap: Any, outcome: Any, _: DictConfig) -> Any:
    return unwrap(outcome)
