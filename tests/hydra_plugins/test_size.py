"""Sweeps without jobs, and with too many."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from hydra_plugins.seqmem_stacked._size import check_size


def check(*overrides: str) -> None:
    check_size(OverridesParser.create().parse_overrides(list(overrides)))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["hidden=range(3,3)"], r"^hidden=range\(3,3\) has no values to sweep over$"),
        (["hidden=range(1,9,0)"], r"^hidden=range\(1,9,0\) has no values to sweep over: range"),
        (["hidden=interval(0,1)"], r"^hidden=interval\(0,1\) is an interval; a grid needs a list of values$"),
        (["hidden=range(0,1000000000)"], r"^hidden=range.* makes it a sweep of more than 100,000 jobs"),
        (
            ["seed=range(0,1000)", "hidden=range(0,101)"],
            r"^hidden=range.* more than 100,000 jobs; choose fewer values$",
        ),
    ],
)
def test_a_sweep_of_no_or_too_many_jobs_is_refused(overrides, message):
    with pytest.raises(HydraException, match=message):
        check(*overrides)


@pytest.mark.parametrize(
    "overrides",
    [
        ["hidden=5"],
        ["hidden=2,5,10", "model=rnn,lstm"],
        ["seed=range(0,1000)", "hidden=range(0,100)"],
        ["seed=range(0,100000)", "seed=1"],  # the last one counts
    ],
)
def test_a_sweep_that_can_be_held_is_not(overrides):
    check(*overrides)
