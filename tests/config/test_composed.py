"""Values that come from the environment."""

import pytest
from omegaconf import OmegaConf

from seqmem.config.composed import read_composed
from tests.command import call, elsewhere  # noqa: F401


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7), ("1e3", 1000.0), ("-2.5", -2.5), ("true", True), ("False", False), ("relu", "relu"), ("a b", "a b"),
        ("[1,2]", "[1,2]"), ("null", "null"), ("", ""), ("${nope}", "${nope}"), ("it's", "it's"), ("]", "]"),
    ],
)  # fmt: skip
def test_numbers_and_truth_values_of_the_environment_are_such(text, value, monkeypatch):
    monkeypatch.setenv("VALUE", text)
    config = OmegaConf.create({"a": "${oc.env:VALUE}", "b": [{"c": "${oc.env:VALUE}"}, 1], "d": "${.a}", "e": "7"})
    hydra = OmegaConf.create({"runtime": {"choices": {}}, "overrides": {"task": []}})
    read = read_composed(config, hydra).config
    assert repr(read) == repr({"a": value, "b": [{"c": value}, 1], "d": text, "e": "7"})


@pytest.mark.parametrize("flags", [[], ["-m", "seed=1,2"]])
def test_a_width_may_stand_in_the_environment(flags, monkeypatch, elsewhere):  # noqa: F811
    monkeypatch.setenv("WIDTH", "7")
    assert call(*flags, "hidden=${oc.env:WIDTH}", "dry_run=true") == call(*flags, "hidden=7", "dry_run=true")
    assert "213" in call(*flags, "hidden=${oc.env:WIDTH}", "dry_run=true").out  # parameters, of 7 units
