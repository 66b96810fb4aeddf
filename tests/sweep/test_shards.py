"""Shares of a sweep: the same cut for everyone, each job in one, and the numbers of a sweep that was not cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from seqmem import records
from seqmem.config.build import ConfigError
from seqmem.config.settings import read_policy
from seqmem.sweep import Setting, Shard, cut
from seqmem.sweep.shards import BLOCKS, SHARDS, estimate_cost, read_count, record_count
from tests.command import call, elsewhere  # noqa: F401
from tests.config.composing import make_setting
from tests.sweep.processes import GRID, finish, leftovers, read_files, run, start

TINY = ["max_sequences=64", "evaluate_every=64", "test_sequences=20", "trials=2", "engine=reference"]
SWEEP = ["-m", "model=rnn,lstm", "hidden=2,3,4", *TINY, "hydra.sweep.dir=sweep"]


def make_grid(models: Sequence[str], sizes: Sequence[int], repeats: int, *more: str) -> list[Setting]:
    """Settings of several networks, each at so many seeds."""
    found = [make_setting(f"model={model}", f"hidden={size}", *more) for model, size in product(models, sizes)]
    return [
        replace(setting, job=replace(setting.job, seed=100 * repeat)) for repeat in range(repeats) for setting in found
    ]


@pytest.fixture(scope="module")
def grid() -> list[Setting]:
    """540 settings: 9 networks, whose costs differ by a factor of 30."""
    return make_grid(["rnn", "lstm", "gru"], [2, 10, 50], 60)


def sum_costs(grid: Sequence[Setting], shares: Sequence[Sequence[int]]) -> list[int]:
    return [sum(estimate_cost(grid[index].job) for index in share) for share in shares]


@pytest.mark.parametrize("count", [1, 2, 7, 50, 540, 1000])
def test_every_setting_is_of_one_share(grid, count):
    shares = cut(grid, count)
    assert len(shares) == count
    assert sorted(index for share in shares for index in share) == [*range(len(grid))]
    assert all(share == sorted(share) for share in shares)


@pytest.mark.parametrize("settings", [9, 100, 540])
@pytest.mark.parametrize("count", [2, 3, 16, 50])
def test_no_share_costs_more_than_the_mean_and_a_block(grid, settings, count):
    costs = sum_costs(grid, cut(grid[:settings], count))
    mean, dearest = sum(costs) / count, max(estimate_cost(setting.job) for setting in grid[:settings])
    assert max(costs) <= mean + max(mean / BLOCKS, dearest)
    assert max(costs) <= 1.08 * mean or dearest > mean / 4


def test_settings_of_one_network_stay_together():
    grid = make_grid(["rnn", "lstm", "gru"], [2, 3, 4, 5, 6, 7, 8, 9], 40)  # 24 networks
    for share in cut(grid, 8):
        networks = [(str(grid[index].config["model"]), grid[index].config["hidden"]) for index in share]
        assert len(networks) / len(set(networks)) > 5  # dealt out one by one it would be


def test_the_cut_does_not_depend_on_the_machine(grid):
    cores = [replace(s, choice=replace(s.choice, engine=replace(s.choice.engine, threads=64))) for s in grid]
    assert cut(cores, 7) == cut(grid, 7)


def test_a_dearer_job_costs_more():
    costs = [estimate_cost(make_setting(*more).job) for more in ([], ["trials=20"], ["hidden=50"], ["model=lstm"])]
    assert costs[0] < min(costs[1:])
    assert costs[1] == pytest.approx(2 * costs[0])


def test_settings_that_share_a_folder_are_of_one_share():
    settings = [make_setting("hidden=2", f"trials={trials}") for trials in (5, 1, 3)] + [make_setting("hidden=3")]
    assert sorted(cut(settings, 2)) == [[0, 1, 2], [3]]


@pytest.mark.parametrize("text", ["0/4", "5/4", "3", "a", "1/0", "-1/4", "1/100001", "1 / 4", "01/4", "", "1/4/4"])
def test_what_names_no_share_is_refused(text):
    with pytest.raises(ValueError, match=r"^shard must be K/N, the Kth of N shares, .* such as 3/16, got ") as error:
        Shard.read(text)
    assert str(error.value).endswith(f"got {text}")


@pytest.mark.parametrize("value", [3, 0.5, True, [1, 2], {"a": 1}])
def test_a_share_of_the_wrong_type_is_refused_in_the_same_words(value):
    config = {"retry": "none", "fail_fast": False, "save_every": 30.0, "tensorboard": False}
    config |= {"take_over": False, "pack": None}
    with pytest.raises(ConfigError, match=r"^shard must be K/N"):
        read_policy([config | {"shard": value}])


def test_a_share_is_written_as_it_is_read():
    assert str(Shard.read("3/16")) == "3/16"


# The number of shares, in the sweep's folder.


def test_the_number_of_shares_is_kept_and_a_change_is_told(tmp_path):
    sweep = tmp_path / "sweep"
    assert record_count(sweep, 16) is None
    assert record_count(sweep, 16) is None
    assert record_count(sweep, 4) == (
        f"{sweep} was cut into 16 shares before, and is cut into 4 now; what is done stays done"
    )
    assert read_count(sweep) == 4


@pytest.mark.parametrize("content", ["", "{}", '{"count": 0}', '{"count": "4"}', "[" * 100_000])
def test_a_damaged_number_of_shares_is_written_anew(tmp_path, content):
    (tmp_path / SHARDS).write_text(content)
    assert record_count(tmp_path, 4) is None
    assert read_count(tmp_path) == 4


# On the command line.


@pytest.mark.usefixtures("elsewhere")
class TestCommand:
    """`shard=K/N`, as typed."""

    def test_a_share_trains_its_settings_and_another_number_skips_them(self):
        first = call(*SWEEP, "shard=1/2")
        assert first.code == 0
        assert "share 1/2: 3 of 6 settings" in first.err
        assert read_count(Path("sweep")) == 2
        before = read_files()
        assert len({name.partition("/")[0] for name in before}) == 3
        others = [call(*SWEEP, f"shard={number}/3") for number in (1, 2, 3)]
        assert [other.code for other in others] == [0, 0, 0]
        assert "sweep was cut into 2 shares before, and is cut into 3 now; what is done stays done" in others[0].err
        assert sum(other.err.count("already done") for other in others) >= 1
        assert sum(other.err.count("(mean of 2 trials)") for other in others) == 3
        assert leftovers() == [SHARDS]

    def test_shares_leave_what_one_process_leaves(self):
        whole = [argument if argument != "hydra.sweep.dir=sweep" else "hydra.sweep.dir=whole" for argument in SWEEP]
        for command in (whole, [*SWEEP, "shard=1/2"], [*SWEEP, "shard=2/2"]):
            assert call(*command).code == 0
        assert read_files("sweep") == read_files("whole")
        for job in records.find_jobs(Path("sweep")):
            one, other = (records.read_result(folder / job.name) for folder in (Path("sweep"), Path("whole")))
            assert (one.overrides, one.config, one.fingerprint) == (other.overrides, other.config, other.fingerprint)

    def test_shares_train_side_by_side(self):
        processes = [start(*GRID, f"shard={number}/2") for number in (1, 2)]
        assert [finish(process)[0] for process in processes] == [0, 0]
        assert run(*GRID, folder=Path("whole"))[0] == 0
        assert read_files("sweep") == read_files("whole")

    def test_a_dry_run_lists_the_share(self):
        lines = [call(*SWEEP, f"shard={number}/2", "dry_run=true").out.splitlines() for number in (1, 2)]
        assert [own[-1] for own in lines] == [
            "This is share 1/2: 3 of 6 settings.",
            "This is share 2/2: 3 of 6 settings.",
        ]
        listed = [" ".join(line.split()[:2]) for own in lines for line in own[1:4]]
        assert sorted(listed) == sorted(
            f"model={model} hidden={size}" for model in ("rnn", "lstm") for size in (2, 3, 4)
        )
        assert not Path("sweep").exists()

    def test_a_share_without_settings_ends_well(self):
        ended = call("-m", *TINY, "shard=2/2")
        assert (ended.code, ended.err) == (0, "seqmem: share 2/2: 0 of 1 settings, so there is nothing to do\n")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ([*SWEEP, "shard=5/4"], "shard must be K/N, the Kth of N shares, with K from 1 to N and N at most 100,000"),
            ([*SWEEP, "shard=1/2,2/2"], "shard must be the same for the whole sweep, got 1/2 and 2/2"),
            ([*TINY, "shard=1/2"], "shard=1/2 takes a share of a sweep; add -m, or leave it out"),
            (
                [*SWEEP, "shard=1/2", "hydra/launcher=basic"],
                "shard=1/2 needs hydra/launcher=stacked and hydra/sweeper=grid, got hydra._internal.",
            ),
            ([*SWEEP[:1], *TINY, "shard=1/2,2/2", "hydra/launcher=basic"], "shard=1/2 needs hydra/launcher=stacked, "),
        ],
    )
    def test_what_is_no_share_of_a_sweep_is_refused(self, arguments, message):
        ended = call(*arguments)
        assert ended.code == 2
        assert ended.err.splitlines()[-1].startswith(f"seqmem: {message}")
        assert not list(records.find_jobs(Path()))
