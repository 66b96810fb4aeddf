"""Hydra's own launchers, one job each: the same bytes as from one process. They are installed by whoever uses them."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.slurm.sweeping import GRID
from tests.sweep.processes import ROOT, read_files, run, statuses

pytestmark = pytest.mark.slow

SUBMITIT = ["hydra.launcher.timeout_min=5", "hydra.launcher.cpus_per_task=1", "hydra.launcher.mem_gb=null"]
LAUNCHERS = {
    "joblib": ["hydra.launcher.n_jobs=2"],
    "submitit_local": SUBMITIT,
    "submitit_slurm": [*SUBMITIT, "hydra.launcher.tasks_per_node=1"],
}


def read_by_setting(folder: str) -> dict[str, Any]:
    """A sweep's files by seed and fingerprint: a job alone has a longer name, of all that its command line sets."""
    return {name.partition("seed=")[2]: content for name, content in read_files(folder).items()}


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_hydras_own_launchers_train_each_job_as_one_process_does(launcher):
    plugin = f"hydra_{launcher.partition('_')[0]}_launcher"
    if find_spec(f"hydra_plugins.{plugin}") is None:
        pytest.skip(f"hydra/launcher={launcher} IS NOT TESTED: pip install {plugin.replace('_', '-')}")
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    code, lines = run(*GRID, f"hydra/launcher={launcher}", *LAUNCHERS[launcher], PYTHONPATH=path)
    assert code == 0, lines
    assert statuses() == ["done"] * 4
    assert run(*GRID, folder=Path("whole"))[0] == 0
    assert read_by_setting("sweep") == read_by_setting("whole")
