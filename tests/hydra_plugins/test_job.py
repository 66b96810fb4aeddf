"""What is written of a job as Hydra would write it."""

import pytest
from omegaconf import OmegaConf

from hydra_plugins.seqmem_stacked._job import format_yaml

TEXTS = [
    "", "a", "a b", "1", "1e3", "1_000", "0x1f", "1.5", ".5", "-inf", ".inf", "nan", "null", "~", "true", "Yes", "off",
    "2020-01-01", "1:30", "a: b", "- a", "'", '"', "it's", "a\nb", " a", "a ", "#", "ü", "${a}", "${oc.env:H}",
    "[1]", "%", "@a", "x" * 200, "word " * 40, "\t", "\x07", "=", "<<", "!a", "&a", "*a", "|", ">", "?", "0o7", "1e",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_written_as_omegaconf_writes_it(text):
    config = OmegaConf.create({"key": text, "list": [text, {"key": text}]})
    assert format_yaml(config) == OmegaConf.to_yaml(config)


def test_values_of_all_kinds_are_written_as_omegaconf_writes_them():
    config = OmegaConf.create({"a": 1, "b": [1.5, 1e-7, 1e22, True, None, {}], "c": {"d": [], 3: "e"}, "f": "${a}"})
    assert format_yaml(config) == OmegaConf.to_yaml(config)
