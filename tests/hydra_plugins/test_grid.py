"""The jobs that overrides make, and sweeps of none and of too many."""

import pytest
from hydra.errors import HydraException

from hydra_plugins.seqmem_stacked._grid import build_jobs, check_size, read_dimensions
from seqmem.config.build import ConfigError


def build(*grids: list[str]) -> list[list[str]]:
    return build_jobs(read_dimensions(grid) for grid in grids)


def check(*overrides: str) -> None:
    check_size(read_dimensions(overrides))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["hidden=range(3,3)"], r"^hidden=range\(3,3\) has no values to sweep over$"),
        (["hidden=range(1,9,0)"], r"^hidden=range\(1,9,0\) has no values to sweep over: range"),
        (["hidden=interval(0,1)"], r"^hidden=interval\(0,1\) is an interval; a grid needs a list of values$"),
        (["hidden=range(0,1000000000)"], r"^hidden=range.* gives the sweep more than 100,000 jobs"),
        (
            ["seed=range(0,1000)", "hidden=range(0,101)"],
            r"^hidden=range.* more than 100,000 jobs; choose fewer values$",
        ),
        (
            ["m=zip(seed=range(0,1000),hidden=range(0,1000))", "trials=range(0,101)"],
            r"^trials=range.* more than 100,000 jobs; choose fewer values$",
        ),
        (["m=zip(seed=range(3,3),hidden=range(3,3))"], r"^m=zip.* has no values to sweep over$"),
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
        ["m=zip(seed=range(0,1000),hidden=range(0,1000))", "trials=range(0,100)"],
    ],
)
def test_a_sweep_that_can_be_held_is_not(overrides):
    check(*overrides)


def test_grids_that_are_too_many_jobs_together_are_refused():
    with pytest.raises(HydraException, match="gives the sweep more than 100,000 jobs"):
        build(["seed=range(0,90000)"], ["seed=range(0,10001)"])


def test_a_zip_sets_its_keys_in_step_and_all_else_is_combined_with_it():
    assert build(["trials=2", "m=zip(model=choice(rnn,lstm),optimizer.lr=[1e-2,1e-3])", "seed=1,2"]) == [
        ["trials=2", "model=rnn", "optimizer.lr=0.01", "seed=1"],
        ["trials=2", "model=rnn", "optimizer.lr=0.01", "seed=2"],
        ["trials=2", "model=lstm", "optimizer.lr=0.001", "seed=1"],
        ["trials=2", "model=lstm", "optimizer.lr=0.001", "seed=2"],
    ]


def test_zips_are_combined_with_each_other():
    jobs = build(["m=zip(a=[1,2],b=[3,4])", "n=zip(c=[5,6],d=[7,8])"])
    assert jobs == [[f"a={a}", f"b={a + 2}", f"c={c}", f"d={c + 2}"] for a in (1, 2) for c in (5, 6)]


def test_a_shuffled_zip_keeps_its_rows():
    (rows,) = [build(["m=shuffle(zip(a=range(0,50),b=range(50,100)))"])]
    assert rows != sorted(rows, key=lambda row: int(row[0][2:]))
    assert sorted(rows, key=lambda row: int(row[0][2:])) == [[f"a={a}", f"b={a + 50}"] for a in range(50)]


def test_of_two_zips_of_one_name_the_last_one_counts():
    assert build(["m=zip(a=[1,2],b=[3,4])", "m=zip(c=[1],d=[2])"]) == [["c=1", "d=2"]]


def test_the_settings_of_several_grids_follow_each_other():
    assert build(["a=1,2", "b=3"], ["b=4,5"]) == [["a=1", "b=3"], ["a=2", "b=3"], ["b=4"], ["b=5"]]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["m=zip(a=[1,2],b=[1,2,3])"],
            r"^m=zip\(.*\) must have equally many values for each key, got 2 of a, 3 of b$",
        ),
        (["m=zip(a=[1],b=[2])", "a=3"], r"^a is set by m=zip\(a=\[1\],b=\[2\]\) and by a=3; leave one of them out$"),
        (["++a=3", "m=zip(a=[1],b=[2])"], r"^a is set by m=zip\(.*\) and by \+\+a=3; leave one of them out$"),
        (["m=zip(a=[1],b=[2])", "n=zip(b=[1],c=[2])"], r"^b is set by m=zip\(.*\) and by n=zip\(.*\); leave one"),
    ],
)
def test_a_zip_whose_keys_do_not_fit_is_refused(overrides, message):
    with pytest.raises(ConfigError, match=message):
        check(*overrides)
