"""The launchers that hand a sweep's shares to other processes: of this machine, or Slurm's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn
from omegaconf import DictConfig

from hydra_plugins.seqmem_stacked.stacked_launcher import StackedLauncher

if TYPE_CHECKING:
    from seqmem.sweep import Workers

MODULE = "hydra_plugins.seqmem_stacked.cluster_launchers"
LOCAL = {
    "_target_": f"{MODULE}.StackedLocalLauncher",
    "processes": None,
    "cpus_per_process": 1,
    "gpus": None,
}
ConfigStore.instance().store(group="hydra/launcher", name="stacked_local", node=LOCAL, provider="seqmem")

SLURM = {  # as Hydra's launcher for submitit calls them; what they mean is told in `seqmem.cluster.slurm`
    "_target_": f"{MODULE}.StackedSlurmLauncher",
    "target_minutes": 30.0,
    "max_tasks": 50,
    "wait": True,
    "array_parallelism": 256,
    "max_num_timeout": 100,
    "timeout_min": 60,
    "signal_delay_s": 90,
    "cpus_per_task": 1,
    "mem_gb": None,
    "mem_per_cpu": None,
    "mem_per_gpu": None,
    "gpus_per_node": None,
    "gpus_per_task": None,
    "cpus_per_gpu": None,
    "gres": None,
    "partition": None,
    "account": None,
    "qos": None,
    "constraint": None,
    "exclude": None,
    "nodelist": None,
    "exclusive": None,
    "comment": None,
    "dependency": None,
    "name": "seqmem",
    "setup": None,
    "teardown": None,
    "additional_parameters": DictConfig({}, flags={"struct": False}),  # takes any key
}
ConfigStore.instance().store(group="hydra/launcher", name="stacked_slurm", node=SLURM, provider="seqmem")


class ClusterLauncher(StackedLauncher):
    """Lets other processes train a sweep, each a share; with `shard` on the command line it trains that share here.

    Args:
        arguments: Of what trains the shares.
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        self.arguments = arguments

    def make_workers(self) -> Workers:
        """What trains the shares."""
        raise NotImplementedError

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        from hydra_plugins.seqmem_stacked import _core

        if self.config.shard is not None:
            return _core.launch(self, job_overrides, initial_job_idx)
        from seqmem.config.build import ConfigError

        try:
            workers = self.make_workers()
        except ValueError as error:
            raise ConfigError(f"hydra.launcher.{error}") from None
        return _core.hand_out(self, job_overrides, initial_job_idx, workers)


class StackedLocalLauncher(ClusterLauncher):
    """Processes of this machine; see `seqmem.cluster.local`."""

    def make_workers(self) -> Workers:
        from seqmem.cluster.local import LocalProcesses

        return LocalProcesses(**self.arguments)


class StackedSlurmLauncher(ClusterLauncher):
    """Tasks of a Slurm job array; see `seqmem.cluster.slurm`."""

    def make_workers(self) -> Workers:
        from omegaconf import OmegaConf

        from seqmem.cluster.slurm import SlurmArrays

        plain: Any = OmegaConf.to_container(OmegaConf.create(self.arguments), resolve=True)
        return SlurmArrays(**plain)
