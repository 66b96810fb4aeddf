"""Trials that are written beside others of their job."""

from dataclasses import replace

import numpy as np
import pytest

from seqmem import records
from seqmem.engines.engine import Trace
from seqmem.records import RecordError
from seqmem.training.outcome import Outcome
from tests.records.test_records import CURVE, OUTCOMES, SAMPLES, TESTS, TRACE, TRIAL, WEIGHTS

FILES = [records.TRIALS, records.CURVES, records.SAMPLES, records.TRACE, records.TESTS, records.WEIGHTS]


def outcome(trial: int) -> Outcome:
    weights = {name: value + trial for name, value in WEIGHTS.items()}
    first = trial == 0
    return Outcome(
        replace(TRIAL, trial=trial, seed=7 + trial), CURVE, weights, SAMPLES * first, TRACE if first else None, TESTS
    )


def content(folder) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.mark.parametrize("portions", [[[0], [1, 2, 11]], [[11, 1], [0, 2]], [[2], [1], [0], [11]]])
def test_trials_that_are_written_in_portions_make_the_files_of_all_at_once(tmp_path, portions):
    records.write_outcomes(tmp_path / "whole", [outcome(trial) for trial in (0, 1, 2, 11)])
    for portion in portions:
        records.write_outcomes(tmp_path / "parts", [outcome(trial) for trial in portion])
    assert content(tmp_path / "parts") == content(tmp_path / "whole")


def test_what_is_there_stays_as_it_is_whatever_digits_it_has(tmp_path):
    records.write_outcomes(tmp_path, OUTCOMES)
    path = tmp_path / records.TRIALS
    path.write_text(path.read_text().replace("1.5e-07", "1.50000000000001e-07"))
    records.write_outcomes(tmp_path, [replace(outcome(5), tests=())])
    assert "1.50000000000001e-07" in path.read_text()


def test_a_trial_that_is_written_again_takes_the_place_of_the_old_one(tmp_path):
    records.write_outcomes(tmp_path, [outcome(0), outcome(1)])
    trace = Trace(np.ones(3, np.float32), np.ones((3, 2), np.float32))
    records.write_outcomes(tmp_path, [replace(outcome(0), samples=SAMPLES[:1], trace=trace)])
    assert [trial.trial for trial in records.read_trials(tmp_path)] == [0, 1]
    assert (len(records.read_samples(tmp_path)), len(records.read_trace(tmp_path))) == (1, 3)


def test_rows_of_a_trial_that_never_came_into_the_table_of_trials_are_dropped(tmp_path):
    records.write_outcomes(tmp_path, [outcome(0)])
    before = (tmp_path / records.TRIALS).read_bytes()
    records.write_outcomes(tmp_path, [outcome(1)])
    (tmp_path / records.TRIALS).write_bytes(before)  # as if killed before the last file
    records.write_outcomes(tmp_path, [outcome(2)])
    assert {row.trial for row in records.read_curves(tmp_path)} == {0, 2}
    with pytest.raises(RecordError, match="holds no trial 1"):
        records.read_weights(tmp_path, 1)


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_written_beside_what_cannot_be_read(tmp_path, name):
    records.write_outcomes(tmp_path, [outcome(0)])
    (tmp_path / name).write_bytes(b"\xff\xfe")
    before = (tmp_path / records.TRIALS).read_bytes()
    with pytest.raises(RecordError, match=f"{name} is damaged: "):
        records.write_outcomes(tmp_path, [outcome(1)])
    assert (tmp_path / records.TRIALS).read_bytes() == before
