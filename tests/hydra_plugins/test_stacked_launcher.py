"""Hydra's own suites for launchers, on ours."""

import pytest
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.test_utils.launcher_common_tests import (
    IntegrationTestSuite,
    LauncherTestSuite,
)
from hydra.version import VersionBase
from packaging.version import Version

from hydra_plugins.seqmem_stacked.stacked_launcher import StackedLauncher

pytestmark = pytest.mark.filterwarnings("ignore")  # the suites are of an older version of Hydra, and warn of it


@pytest.fixture(autouse=True)
def fresh_version_base():
    """The suites want the oldest version base; Hydra keeps the first one for the whole process."""
    before = VersionBase.instance().version_base
    VersionBase.instance().version_base = Version("1.1")
    yield
    VersionBase.instance().version_base = before


def test_the_launcher_is_found():
    found = [kind.__name__ for kind in Plugins.instance().discover(Launcher)]
    assert StackedLauncher.__name__ in found


@pytest.mark.parametrize("launcher_name, overrides", [("stacked", [])])
class TestStackedLauncher(LauncherTestSuite):
    """As Hydra asks of every launcher."""


@pytest.mark.parametrize(
    "task_launcher_cfg, extra_flags",
    [({}, ["-m", "hydra/launcher=stacked"])],
)
class TestStackedLauncherIntegration(IntegrationTestSuite):
    """The same, in subprocesses."""
