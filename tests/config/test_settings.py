"""Fingerprints and folders."""

from dataclasses import replace
from pathlib import Path

import pytest

from seqmem import records
from seqmem.config.build import ConfigError
from seqmem.config.composed import read_composed
from seqmem.config.settings import MAX_LABEL, choose_folder, find_varied, name_folder, read_policy
from seqmem.engines.choose import Choice
from seqmem.engines.fused.engine import FusedEngine
from seqmem.engines.reference.engine import ReferenceEngine
from seqmem.sweep import Policy, Setting, compute_fingerprint, index_folders
from tests.command import call, elsewhere  # noqa: F401
from tests.config.composing import TINY, compose_job, make_setting, make_settings
from tests.sweep.sweeping import Diary, run_settings

BASE = ("model=lstm", "hidden=5", "engine=reference")


def name(*overrides: str, varied: tuple[str, ...] = ()) -> str:
    """A folder's name but for its fingerprint."""
    return name_folder(make_setting(*overrides), varied).rpartition("-")[0]


# Fingerprints.


@pytest.mark.parametrize(
    "override",
    [
        "task.index=2", "model=gru", "hidden=6", "hidden=[5,5]", "model.bidirectional=true", "init.bias=zero",
        "optimizer=sgd", "optimizer.lr=0.002", "optimizer.reset_every_epoch=false", "loss=mse", "loss=kl",
        "loss.reduction=batchmean", "schedule.name=error", "clip=1", "batch_size=32", "max_sequences=1000",
        "epoch=64", "train_set=100", "evaluate_every=64", "test_sequences=10", "stop=true", "model.embedding_size=4",
        "model.initial_state=uniform",
    ],
)  # fmt: skip
def test_what_can_change_numbers_is_in_the_fingerprint(override):
    assert make_setting(*BASE, override).fingerprint != make_setting(*BASE).fingerprint


@pytest.mark.parametrize("override", ["trials=3", "seed=7", "objective=test_loss", "device=cpu", "hydra.job.name=x"])
def test_what_cannot_change_numbers_is_not_in_the_fingerprint(override):
    assert make_setting(*BASE, override).fingerprint == make_setting(*BASE).fingerprint


@pytest.mark.parametrize(
    "same",
    [
        ("hidden=[5]",), ("max_sequences=5.76e5",), ("model=bilstm", "model.bidirectional=false"),
        ("model._target_=seqmem.cells.LSTM",), ("hidden=6", "hidden=5"), ("optimizer.lr=1e-3",),
    ],
)  # fmt: skip
def test_the_same_job_has_the_same_fingerprint_however_it_is_typed(same):
    assert make_setting(*BASE, *same).fingerprint == make_setting(*BASE).fingerprint


@pytest.mark.parametrize("other", [ReferenceEngine("cuda"), FusedEngine()])
def test_the_engine_and_the_device_that_were_chosen_are_in_the_fingerprint(other):
    setting = make_setting(*BASE)
    assert compute_fingerprint(setting.config, Choice(other, ""), setting.job.task) != setting.fingerprint


def test_why_an_engine_was_chosen_is_not_in_the_fingerprint():
    setting = make_setting(*BASE)
    because = replace(setting.choice, reason="because")
    assert compute_fingerprint(setting.config, because, setting.job.task) == setting.fingerprint


# Names.


def test_only_varied_keys_are_in_a_folders_name():
    assert name("hidden=5", "model=lstm", varied=("model=lstm", "model=rnn")) == "model=lstm"


def test_a_folders_name_ends_with_the_fingerprint():
    setting = make_setting("hidden=5")
    assert name_folder(setting, {"hidden=5"}) == f"hidden=5-{setting.fingerprint}"


def test_a_setting_of_which_nothing_varies_is_named_by_its_fingerprint_alone():
    setting = make_setting("hidden=5")
    assert name_folder(setting, ()) == setting.fingerprint


@pytest.mark.parametrize("override", ["trials=5", "device=cpu", "objective=test_loss"])
def test_what_is_not_in_the_fingerprint_is_not_in_the_name(override):
    assert name(override, varied=(override,)) == ""


def test_a_seed_but_the_first_is_in_the_name():
    assert name("seed=10") == "seed=10"


def test_seeds_that_vary_are_in_the_name():
    assert name("seed=0", "hidden=2", varied=("seed=0", "hidden=2")) == "hidden=2,seed=0"


@pytest.mark.parametrize("override", ["init.bias={forget: 5, input: -6}", "+task.word='a/b c'", "hidden=[8,8]"])
def test_a_name_has_no_characters_that_a_shell_or_a_path_would_take(override):
    if override.startswith("+task.word"):
        overrides = ["task=echo", "++task.word='a/b c'", "++task.answer='a/b c'", "model=lstm"]
    else:
        overrides = ["model=lstm", override]
    assert not set(name(*overrides, varied=tuple(overrides))) & set("/{}:'\" ")


def long_settings(sweep: Path) -> list[Setting]:
    """Two seeds of a setting with more overrides than a name has room for."""
    rest = ["init.bias={forget:1.2345,input:-1.2345,cell:0.12345,output:0.12345}", "optimizer.weight_decay=0.00012345"]
    return make_settings(
        sweep, *([*TINY, "model=lstm", f"seed={seed}", *rest, f"hidden={h}"] for seed in (0, 10) for h in (2, 3))
    )


def test_a_long_name_is_cut():
    setting = make_setting("model=lstm", "init.bias={forget:1.2345,input:-1.2345,cell:0.12345,output:0.12345}",
                       "optimizer.weight_decay=0.00012345")  # fmt: skip
    assert len(name_folder(setting, setting.overrides)) <= MAX_LABEL + len(setting.fingerprint) + 1


def test_two_seeds_of_a_setting_with_a_long_name_have_folders_of_their_own(tmp_path):
    assert len({setting.folder for setting in long_settings(tmp_path)}) == 4


def test_varied_overrides_are_those_that_not_all_jobs_have():
    assert find_varied([["a=1", "b=1"], ["a=1", "b=2"], ["a=1", "b=1", "c=3"]]) == {"b=1", "b=2", "c=3"}


@pytest.mark.parametrize(
    "override", ["retry=failed", "fail_fast=true", "save_every=1", "tensorboard=true", "shard=1/2"]
)
def test_how_a_sweep_is_run_is_neither_in_a_settings_config_nor_in_its_name(override):
    setting = make_setting(*BASE, override)
    assert (setting.config, setting.fingerprint) == (make_setting(*BASE).config, make_setting(*BASE).fingerprint)
    assert name(override, varied=(override,)) == ""


# How a sweep is run.


def policy(*jobs: tuple[str, ...]) -> Policy:
    return read_policy([read_composed(compose_job(*job)).config for job in jobs])


def test_a_sweep_leaves_failures_alone_unless_told_otherwise():
    assert policy(()) == Policy(retry="none", fail_fast=False, save_every=30)
    assert policy(("retry=all", "fail_fast=true", "save_every=0.5")) == Policy("all", True, 0.5)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("retry=some", "retry must be one of none, failed, all, got some"),
        ("retry=[all]", "retry must be one of none, failed, all, got [all]"),
        ("retry=null", "retry must be one of none, failed, all, got null"),
        ("fail_fast=1", "fail_fast must be true or false, got 1"),
        ("tensorboard=yes_please", "tensorboard must be true or false, got yes_please"),
        ("save_every=-1", "save_every must be a number of seconds, at least 0, got -1"),
        ("save_every=inf", "save_every must be a number of seconds, at least 0, got inf"),
        ("save_every=null", "save_every must be a number, got null"),
    ],
)
def test_a_sweep_cannot_be_run_otherwise(override, message):
    with pytest.raises(ConfigError) as error:
        policy((override,))
    assert str(error.value) == message


def test_jobs_of_a_sweep_must_agree_on_how_it_is_run():
    with pytest.raises(ConfigError, match="retry must be the same for the whole sweep, got none and all"):
        policy((), ("retry=all",))


# Places.


def test_a_job_is_found_again_under_another_label(tmp_path):
    (setting,) = make_settings(tmp_path, [*TINY, "hidden=3"])
    list(run_settings([setting], Diary()))
    wider = make_settings(tmp_path, [*TINY, "hidden=3"], [*TINY, "hidden=4"])
    assert [found.folder == setting.folder for found in wider] == [True, False]
    assert wider[1].folder.name.startswith("hidden=4-")


def test_a_job_of_another_seed_is_not_taken_for_the_same(tmp_path):
    (setting,) = make_settings(tmp_path, TINY)
    list(run_settings([setting], Diary()))
    (other,) = make_settings(tmp_path, [*TINY, "seed=10"])
    assert other.folder != setting.folder


def test_a_damaged_result_is_passed_over(tmp_path):
    setting = make_setting(*TINY)
    broken = tmp_path / f"old-{setting.fingerprint}"
    broken.mkdir()
    (broken / records.RESULT).write_text("{")
    assert choose_folder(setting, tmp_path, (), index_folders(tmp_path)) == tmp_path / setting.fingerprint


def test_a_setting_knows_its_own_overrides_only():
    assert make_setting("hidden=3", "hydra.job.name=x").overrides == ["hidden=3"]


@pytest.mark.parametrize(
    ("overrides", "names"),
    [
        ((), ("recall", "rnn")),
        (("model=bilstm", "task=echo"), ("echo", "bilstm")),
        (("model._target_=tests.engines.reference.own.Leaky",), ("recall", "Leaky")),
        (("task=custom", "task._target_=tests.engines.reference.own.Adding", "loss=mse"), ("Adding", "rnn")),
    ],
)
def test_tasks_and_models_are_called_by_their_option_or_their_class(overrides, names):
    config = make_setting(*overrides).config
    assert (config["task"]["name"], config["model"]["name"]) == names


def test_hydras_own_node_can_be_shown_resolved(elsewhere):  # noqa: F811
    shown = call("--cfg", "hydra", "--resolve")
    assert shown.code == 0, shown.err
    assert "dir: multirun/recall/<setting>\n" in shown.out
