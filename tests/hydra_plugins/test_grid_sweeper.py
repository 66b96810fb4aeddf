"""Grids that a config names."""

import pytest

from tests.command import call, elsewhere  # noqa: F401

STUDY = """# @package _global_
hydra:
  mode: MULTIRUN
  sweeper:
    params:
      trials: 1
    params1:
      model: rnn,lstm
      hidden: 2,3
    params10:
      # the first of these settings is one of the first grid as well
      sizes: zip(hidden=[3,4],model=[rnn,lstm])
    params2:
      model: gru
"""


@pytest.fixture
def study(elsewhere):  # noqa: F811
    folder = elsewhere / "conf/experiment"
    folder.mkdir(parents=True)
    (folder / "study.yaml").write_text(STUDY)
    return ["--config-dir", "conf", "experiment=study"]


def list_settings(*arguments: str) -> list[str]:
    finished = call(*arguments, "dry_run=true")
    assert finished.code == 0, finished.err
    return [line.partition("  ")[0] for line in finished.out.splitlines()[1:-1]]


def test_the_settings_of_several_grids_are_joined_in_the_order_of_their_numbers(study):
    grids = [[f"model={model} hidden={hidden}" for model in ("rnn", "lstm") for hidden in (2, 3)], ["model=gru"]]
    assert list_settings(*study) == [*grids[0], *grids[1], "hidden=4 model=lstm"]


def test_the_command_line_counts_in_each_grid(study):
    assert len(list_settings(*study, "seed=1,2")) == 12
    assert list_settings(*study, "~hydra.sweeper.params10", "model=rnn") == ["hidden=2", "hidden=3", "recall"]


def test_grids_may_be_named_on_the_command_line(elsewhere):  # noqa: F811
    grids = ["+hydra.sweeper.params1={model: rnn, hidden: '2,3'}", "+hydra.sweeper.params2={model: lstm}"]
    assert list_settings("-m", *grids) == ["model=rnn hidden=2", "model=rnn hidden=3", "model=lstm"]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "+hydra.sweeper.param={hidden: 2}",
            "hydra.sweeper.param is not a key; choose params, or params1, params2, ..",
        ),
        ("+hydra.sweeper.params0={hidden: 2}", "hydra.sweeper.params0 is not a key; choose params, or params1"),
        ("+hydra.sweeper.params1=3", "hydra.sweeper.params1 must hold keys with their values, as key: value, got 3"),
        ("hydra.sweeper.params=[1]", "hydra.sweeper.params must hold keys with their values, as key: value, got [1]"),
        ("+hydra.sweeper.params={model: 'zip(a=[1],b=[2])'}", "model=zip(a=[1],b=[2]) must have a name of its own "),
    ],
)
def test_grids_that_are_none_get_one_line(override, message, elsewhere):  # noqa: F811
    finished = call("-m", override)
    assert (finished.code, finished.err.count("\n")) == (2, 1)
    assert finished.err.startswith(f"seqmem: {message}")


@pytest.mark.parametrize(
    "arguments",
    [
        ["experiment=d4_recall,d3_echo"],
        ["experiment=choice(d4_recall)"],
        ["m=zip(experiment=[d4_recall,d3_echo],seed=[1,2])"],
    ],
)
def test_a_sweep_over_studies_that_have_grids_is_refused(arguments, elsewhere):  # noqa: F811
    finished = call("-m", *arguments, "trials=2")
    assert (finished.code, finished.err) == (
        2,
        f"seqmem: {arguments[0]}: d4_recall has a grid of its own; run each study with its own command\n",
    )
    assert list(elsewhere.iterdir()) == []


def test_experiments_without_grids_are_settings_like_any_others(elsewhere):  # noqa: F811
    folder = elsewhere / "conf/experiment"
    folder.mkdir(parents=True)
    for width in (3, 4):
        (folder / f"width_{width}.yaml").write_text(f"# @package _global_\nhidden: {width}\n")
    settings = list_settings("--config-dir", "conf", "-m", "experiment=width_3,width_4")
    assert settings == ["experiment=width_3", "experiment=width_4"]
