"""A cluster for the tests of this folder; without Slurm they are skipped, and say so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.slurm.cluster import Cluster, find_missing


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    if missing := find_missing():
        pytest.skip(f"SLURM IS NOT TESTED: {', '.join(missing)} not found; apt-get install slurm-wlm munge")
    if os.geteuid() != 0:
        pytest.skip("SLURM IS NOT TESTED: its daemons are started as root")
    with Cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture(autouse=True)
def idle(cluster, tmp_path, monkeypatch):
    """An empty current folder, a cluster that does nothing, and the environment that finds it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLURM_CONF", cluster.environment["SLURM_CONF"])
    yield
    cluster.clear()
    assert not list(Path(cluster.folder).glob("core*"))
