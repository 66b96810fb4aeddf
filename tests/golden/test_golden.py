"""Today's numbers against those of the golden file.

What comes from random generators alone is compared bit by bit on every machine. Losses and
weights are compared bit by bit where processor, vectors and libraries are those that the file
was written with, and to a relative 1e-4 elsewhere: another compiler, or vectors of another
width, round sums otherwise. AVX2 instead of AVX-512 made 2e-7 of it.
"""

from __future__ import annotations

import json
from collections import Counter

import pytest

from seqmem.config.build import conf_dir
from tests.config.composing import make_setting
from tests.golden.__main__ import PATH
from tests.golden.runs import RUNS, describe, describe_machine

GOLDEN = json.loads(PATH.read_text(encoding="utf-8"))
HINT = "if that is meant, run `python -m tests.golden` and say in the commit why"


@pytest.mark.parametrize("name", RUNS)
def test_numbers_are_those_of_the_golden_file(name):
    golden, now = GOLDEN["runs"][name], describe(name)
    assert now["exact"] == golden["exact"], HINT
    for key, values in golden["close"].items():
        assert now["close"][key] == pytest.approx(values, rel=1e-4, abs=1e-6), f"{key}: {HINT}"
    if describe_machine() == GOLDEN["machine"]:
        assert now["bytes"] == golden["bytes"], f"the last bits: {HINT}"


def test_the_golden_file_has_the_runs_that_there_are():
    assert list(GOLDEN["runs"]) == list(RUNS)


@pytest.mark.parametrize("group", ["task", "loss", "optimizer"])
def test_every_option_is_run(group):
    used = Counter(getattr(getattr(make_setting(*run.split()).job, group), "name", None) for run in RUNS.values())
    used.update(make_setting(*run.split()).job.name for run in RUNS.values())
    options = {path.stem for path in (conf_dir() / group).glob("*.yaml")} - {
        "custom",
        "row_mnist",
        "table",
    }  # needs files
    assert options <= set(used)


def test_every_built_in_cell_is_run():
    cells = {type(make_setting(*run.split()).job.network.cell).__name__ for run in RUNS.values()}
    assert cells == {"RNN", "LSTM", "GRU", "LSTMChain"}
