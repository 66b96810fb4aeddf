"""Makes the jobs of a sweep, as Hydra composes them, the settings of a sweep; or one share of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from seqmem.config.build import SWEEP_KEYS
from seqmem.config.composed import Composed
from seqmem.config.limits import find_free_memory
from seqmem.config.settings import choose_folder, find_varied, read_dry_run, read_policy, read_setting
from seqmem.sweep import Policy, Setting, Shard, cut, index_folders

Follow = Callable[[Iterable[Composed], int, str], Iterable[Composed]]


@dataclass(frozen=True)
class Jobs:
    """The jobs of a sweep, checked.

    settings: A setting for each job, in their order.
    policy: How the sweep is to be run.
    dry_run: Whether the settings are to be listed only.
    """

    settings: Sequence[Setting]
    policy: Policy
    dry_run: bool

    def find_share(self) -> list[int]:
        """The indices of the settings that are to be trained here."""
        if self.policy.shard is None:
            return [*range(len(self.settings))]
        shard = Shard.read(self.policy.shard)
        return cut(self.settings, shard.count)[shard.number - 1]


def read_jobs(
    jobs: Iterable[Composed],
    overrides: Sequence[Sequence[str]],
    folder: Path,
    follow: Follow,
    here: bool = True,
) -> Jobs:
    """Check the jobs of a sweep.

    Args:
        jobs: As Hydra composes them; each is let go once it is checked.
        overrides: Those of each job.
        folder: The sweep's folder, in which each setting gets one.
        follow: Goes through so many jobs, and shows how far it has come with what they are.
        here: Whether they are trained on this machine.
    Raises:
        ConfigError: if a job cannot be run, or they do not agree on how the sweep is.
    """
    settings: list[Setting] = []
    ways: dict[str, Mapping[str, Any]] = {}  # how the jobs ask to be run, which most ask for alike
    chosen: dict[tuple[str, int], Path] = {}
    varied, folders, find_free = find_varied(overrides), index_folders(folder), cache(find_free_memory)
    for composed in follow(jobs, len(overrides), "jobs checked"):
        setting = read_setting(composed, folder, find_free, here)
        same = (setting.fingerprint, setting.job.seed)  # so that no two grids train the same setting
        if same not in chosen:
            chosen[same] = choose_folder(setting, folder, varied, folders)
        settings.append(replace(setting, folder=chosen[same]))
        way = {key: composed.config[key] for key in (*SWEEP_KEYS, "dry_run")}
        ways.setdefault(repr(way), way)
    return Jobs(settings, read_policy([*ways.values()]), read_dry_run(ways.values()))
