"""Every column of every frame is told of in the schema, by its own name or that of its kind."""

import pytest

from multirun_analysis import (
    SCHEMA,
    read_curves,
    read_samples,
    read_sweep,
    read_traces,
    summarise,
    summarise_solving,
)
from tests.multirun_analysis.folders import LSTM, make_trial, write_job, write_wrong

FRAMES = {
    "trials": lambda sweep: sweep.trials,
    "summary": summarise,
    "curves": read_curves,
    "samples": read_samples,
    "traces": read_traces,
    "solving": summarise_solving,
}


@pytest.fixture
def sweep(tmp_path):
    write_wrong(tmp_path / "a", [3, 6])
    write_job(tmp_path / "b", [make_trial(0, 0, sequences_to_criterion=500)], model=LSTM, trials=2)
    return read_sweep(tmp_path)


def is_told(column, name):
    words = " ".join(SCHEMA[name].values()).replace(",", " ").replace(";", " ").replace(":", " ").split()
    kind = column.rstrip("0123456789")
    return (
        column in SCHEMA[name]
        or column in words
        or any(column == f"{known}{word}" for known in SCHEMA[name] for word in words if word.startswith("_"))
        or any(column == f"{known.removesuffix('_mean')}_{word}" for known in SCHEMA[name] for word in words)
        or f"{kind}0" in SCHEMA[name]
    )


@pytest.mark.parametrize("name", SCHEMA)
def test_every_column_is_told_of(sweep, name):
    columns = [column for column in FRAMES[name](sweep).columns if column not in sweep.settings]
    assert [column for column in columns if not is_told(column, name)] == []


@pytest.mark.parametrize("name", SCHEMA)
def test_every_column_that_is_told_of_is_there(sweep, name):
    assert set(SCHEMA[name]) <= set(FRAMES[name](sweep).columns)


def test_every_frame_is_told_of():
    assert set(SCHEMA) == set(FRAMES)
