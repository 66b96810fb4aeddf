"""Keys that wait for the jobs of a sweep over options."""

import pytest

from seqmem.config.deferring import add_environment, defer
from tests.command import call, elsewhere  # noqa: F401

pytestmark = pytest.mark.usefixtures("elsewhere")


def test_keys_are_checked_against_the_task_of_each_recipe():
    finished = call("-m", "recipe=long_lag_irnn,long_lag_gru", "task.p=50", "trials=1", "dry_run=true")
    assert finished.code == 0, finished.err
    assert finished.out.count("long_lag_") == 2


def test_a_key_that_one_of_the_swept_tasks_lacks_is_refused():
    finished = call("-m", "task=long_lag,recall", "task.p=50")
    assert (finished.code, finished.err.startswith("seqmem: task.p is not a key; choose ")) == (2, True)


def test_a_key_that_no_swept_recipe_has_is_refused():
    finished = call("-m", "recipe=long_lag_irnn,long_lag_gru", "task.pp=50")
    assert (finished.code, finished.err.startswith("seqmem: task.pp is not a key; did you mean task.p?")) == (2, True)


@pytest.mark.parametrize("value", ["50", "[1,2]", "{normal:1}", "'a b'", "${seed}", "null"])
def test_a_key_that_waits_keeps_its_value(value):
    assert defer(["recipe=a,b", f"task.p={value}", f"++model.q={value}"]) == [
        "recipe=a,b",
        f"task.p=choice({value})",
        f"++model.q=choice({value})",
    ]


@pytest.mark.parametrize(
    "overrides",
    [
        ["recipe=a", "task.p=50"],  # nothing is swept
        ["hidden=2,3", "task.p=50"],  # no options are
        ["recipe=a,b", "hidden=5", "task.p=5,6", "~task.p", "hydra.verbose=true", "task.word="],
        ["recipe=a,b", "task.p=50", "task.q=)"],  # Hydra says what is wrong with it
    ],
)
def test_all_else_is_left_as_it_is(overrides):
    assert defer(overrides) == overrides


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("hydra.job.env_set={A: 1}", "++hydra.job.env_set={A: 1}"),
        ("hydra.job.env_set.A=1", "++hydra.job.env_set.A=1"),
        ("+hydra.job.env_set.A=1", "+hydra.job.env_set.A=1"),
        ("hydra.job.env_copy=[A]", "hydra.job.env_copy=[A]"),
    ],
)
def test_variables_of_the_environment_need_no_sign(typed, taken):
    assert add_environment(typed) == taken


def test_a_command_may_set_variables_of_the_environment():
    finished = call("hydra.job.env_set={A: 1}", "dry_run=true")
    assert (finished.code, finished.err) == (0, "")
