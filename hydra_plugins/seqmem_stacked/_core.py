"""What the launchers do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobRuntime, configure_log, env_override, run_job, setup_globals
from omegaconf import DictConfig

from hydra_plugins.seqmem_stacked._compose import Composer
from hydra_plugins.seqmem_stacked._job import close_job
from hydra_plugins.seqmem_stacked.stacked_launcher import StackedLauncher
from seqmem.config.build import ConfigError
from seqmem.config.composed import Composed
from seqmem.config.settings import read_folder
from seqmem.console import track
from seqmem.sweep import Workers


def launch(launcher: StackedLauncher, job_overrides: Sequence[Sequence[str]], first: int) -> list[JobReturn]:
    """Run jobs, or a share of them, and return what Hydra wants to know of each, in order.

    Args:
        launcher: As Hydra has set it up.
        job_overrides: Each job's overrides.
        first: Number of the first job.
    """
    composer = _prepare(launcher)
    if not hasattr(launcher.task_function, "stacked"):
        configs = [composer.compose(overrides, first + index) for index, overrides in enumerate(job_overrides)]
        return [_run_plainly(launcher, config) for config in configs]
    jobs = _compose_all(launcher, composer, job_overrides, first)
    returns: dict[int, JobReturn] = {}
    callbacks = launcher.hydra_context.callbacks
    with _environment(launcher):
        for index, folder, outcome in launcher.task_function.stacked(jobs, job_overrides, launcher.folder, not first):
            config = composer.compose(job_overrides[index], first + index)
            callbacks.on_job_start(config=config, task_function=launcher.task_function)
            if isinstance(outcome, Exception):
                launcher.error = launcher.error or outcome
            returns[index] = close_job(config, folder, JobRuntime.instance().get("name"), outcome)
            callbacks.on_job_end(config=config, job_return=returns[index])
            returns[index].cfg = returns[index].hydra_cfg = None  # 100 kB each, and in the job's folder
    return [returns[index] for index in sorted(returns)]  # of a share, fewer than there are jobs


def hand_out(
    launcher: StackedLauncher, job_overrides: Sequence[Sequence[str]], first: int, workers: Workers
) -> list[JobReturn]:
    """Let others run jobs, who write what `launch` writes; they have nothing to return.

    Args:
        launcher: As Hydra has set it up.
        job_overrides: Each job's overrides.
        first: Number of the first job.
        workers: Who runs them.
    """
    if not hasattr(launcher.task_function, "hand_out"):
        raise ConfigError(f"{type(launcher).__name__} runs seqmem.train alone; choose hydra/launcher=stacked")
    jobs = _compose_all(launcher, _prepare(launcher), job_overrides, first)
    with _environment(launcher):
        launcher.task_function.hand_out(jobs, job_overrides, launcher.folder, workers)
    return []


def _prepare(launcher: StackedLauncher) -> Composer:
    setup_globals()
    configure_log(launcher.config.hydra.hydra_logging, launcher.config.hydra.verbose)
    return Composer(launcher.hydra_context.config_loader, launcher.config)


def _compose_all(
    launcher: StackedLauncher, composer: Composer, job_overrides: Sequence[Sequence[str]], first: int
) -> Iterator[Composed]:
    """Find the sweep's folder, and then compose one job after the other."""
    launcher.folder = find_folder(map(composer.find_folder, track(job_overrides, len(job_overrides), "jobs read")))
    HydraConfig.instance().set_config(composer.compose(job_overrides[0], first))
    return map(composer.compose_plainly, job_overrides)


def _environment(launcher: StackedLauncher) -> AbstractContextManager[None]:
    return env_override({str(key): str(value) for key, value in launcher.config.hydra.job.env_set.items()})


def find_folder(names: Iterable[str]) -> Path:
    """The sweep's folder: the one that all jobs name, or, if they differ (by task, say), one of all their names."""
    folders = [read_folder("hydra.sweep.dir", name) for name in dict.fromkeys(names)]
    return folders[0].parent / "+".join(dict.fromkeys(folder.name for folder in folders))


def _run_plainly(launcher: StackedLauncher, config: DictConfig) -> JobReturn:
    """Run one job of a task function that knows of no stacks."""
    result = run_job(
        hydra_context=launcher.hydra_context,
        task_function=launcher.task_function,
        config=config,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )
    configure_log(launcher.config.hydra.hydra_logging, launcher.config.hydra.verbose)
    return result
